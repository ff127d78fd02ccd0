//! Attributes of AWS identity and monitoring objects.

use serde_json::{Value, json};

use super::aws::Aws;
use super::ids;

impl Aws {
    /// `aws_iam_role`
    pub fn role(&self, name: &str, trust: &str) -> Value {
        self.tagged(
            name,
            json!({
                "arn": self.iam_arn(&format!("role/{name}")), "assume_role_policy": trust,
                "create_date": "2024-03-11T09:58:12Z",
                "description": "", "force_detach_policies": false, "id": name, "inline_policy": [],
                "managed_policy_arns": [],
                "max_session_duration": 3600, "name": name, "name_prefix": "", "path": "/",
                "permissions_boundary": "",
                "unique_id": format!("AROA{}", ids::upper(&format!("{}/{name}", self.account), 17)),
            }),
        )
    }

    /// `aws_iam_policy`
    pub fn iam_policy(&self, name: &str, statements: Value) -> Value {
        let arn = self.iam_arn(&format!("policy/{name}"));
        self.tagged(
            name,
            json!({
                "arn": arn, "attachment_count": 1, "delay_after_policy_creation_in_ms": null,
                "description": "", "id": arn, "name": name,
                "name_prefix": "", "path": "/", "policy": Self::policy(statements),
                "policy_id": format!("ANPA{}", ids::upper(&arn, 17)),
            }),
        )
    }

    /// `aws_iam_role_policy_attachment`
    pub fn attachment(&self, role: &str, policy: &str) -> Value {
        json!({ "id": format!("{role}-{}", ids::digits(&format!("{role}/{policy}"), 26)), "policy_arn": policy, "role": role })
    }

    /// `aws_iam_user`
    pub fn user(&self, name: &str) -> Value {
        self.tagged(
            name,
            json!({
                "arn": self.iam_arn(&format!("user/{name}")), "force_destroy": false, "id": name,
                "name": name, "path": "/",
                "permissions_boundary": "", "unique_id": format!("AIDA{}", ids::upper(name, 17)),
            }),
        )
    }

    /// `data.aws_iam_policy_document`
    pub fn policy_document(&self, sid: &str, actions: Value, resources: Value) -> Value {
        let text = json!({
            "Version": "2012-10-17",
            "Statement": [{ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources }],
        });
        json!({
            "id": ids::digits(&format!("{}/{sid}", self.stack), 10), "json": format!("{text:#}"),
            "minified_json": text.to_string(),
            "override_policy_documents": null, "policy_id": null, "source_policy_documents": null,
            "statement": [{
                "actions": actions, "condition": [], "effect": "Allow", "not_actions": [],
                "not_principals": [],
                "not_resources": [], "principals": [], "resources": resources, "sid": sid,
            }],
            "version": "2012-10-17",
        })
    }

    /// `data.aws_caller_identity`
    pub fn caller_identity(&self) -> Value {
        json!({
            "account_id": self.account,
            "arn": format!("arn:aws:sts::{}:assumed-role/terraform/ci", self.account),
            "id": self.account,
            "user_id": format!("AROA{}:ci", ids::upper(self.account, 17)),
        })
    }

    /// `data.aws_availability_zones`
    pub fn availability_zones(&self) -> Value {
        json!({
            "all_availability_zones": null, "exclude_names": null, "exclude_zone_ids": null,
            "filter": null, "group_names": [self.region],
            "id": self.region, "names": [self.zone("a"), self.zone("b"), self.zone("c")],
            "state": "available", "timeouts": null,
            "zone_ids": ["euw1-az1", "euw1-az2", "euw1-az3"],
        })
    }

    /// `aws_cloudwatch_log_group`
    pub fn log_group(&self, name: &str, days: u32) -> Value {
        self.tagged(
            name,
            json!({
                "arn": self.arn("logs", &format!("log-group:{name}")), "id": name, "kms_key_id": "",
                "log_group_class": "STANDARD",
                "name": name, "name_prefix": "", "retention_in_days": days, "skip_destroy": false,
            }),
        )
    }

    /// `aws_cloudwatch_metric_alarm`; the threshold is often a decimal number
    pub fn alarm(
        &self,
        name: &str,
        metric: [&str; 2],
        threshold: Value,
        dimensions: Value,
        actions: Value,
    ) -> Value {
        let name = self.named(name);
        self.tagged(&name, json!({
            "actions_enabled": true, "alarm_actions": actions,
            "alarm_description": format!("{} > threshold", metric[1]), "alarm_name": name,
            "arn": self.arn("cloudwatch", &format!("alarm:{name}")),
            "comparison_operator": "GreaterThanThreshold", "datapoints_to_alarm": 3,
            "dimensions": dimensions, "evaluate_low_sample_count_percentiles": "",
            "evaluation_periods": 5, "extended_statistic": "",
            "id": name, "insufficient_data_actions": [], "metric_name": metric[1], "metric_query": [],
            "namespace": metric[0],
            "ok_actions": [], "period": 60, "statistic": "Average", "threshold": threshold,
            "threshold_metric_id": "",
            "treat_missing_data": "missing", "unit": "",
        }))
    }
}

//! `sgq gaps`: an inventory in every format, and what of it the states manage.

use crate::place::Place;

const STATE: &str = r#"{
  "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "net", "outputs": {},
  "resources": [
    {"mode": "managed", "type": "aws_vpc", "name": "main",
     "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
     "instances": [
       {"index_key": 0, "schema_version": 1, "attributes": {"id": "vpc-0123456789abcdef0",
        "arn": "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0123456789abcdef0"}},
       {"index_key": 1, "schema_version": 1, "attributes": {"id": "vpc-gone56789abcdef01",
        "arn": "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-gone56789abcdef01"}},
       {"index_key": 2, "schema_version": 1, "attributes": {"id": "vpc-far456789abcdef02",
        "arn": "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-far456789abcdef02"}}]},
    {"mode": "managed", "type": "aws_iam_role", "name": "app",
     "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
     "instances": [{"schema_version": 0, "attributes": {"id": "app", "name": "app",
        "arn": "arn:aws:iam::111122223333:role/app"}}]},
    {"mode": "managed", "type": "aws_sqs_queue", "name": "jobs",
     "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
     "instances": [{"schema_version": 0, "attributes": {
        "id": "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",
        "arn": "arn:aws:sqs:eu-west-1:111122223333:jobs"}}]},
    {"mode": "managed", "type": "google_compute_network", "name": "main",
     "provider": "provider[\"registry.terraform.io/hashicorp/google\"]",
     "instances": [{"schema_version": 0, "attributes": {"id": "projects/p/global/networks/main",
        "self_link": "https://www.googleapis.com/compute/v1/projects/p/global/networks/main"}}]},
    {"mode": "managed", "type": "azurerm_virtual_network", "name": "main",
     "provider": "provider[\"registry.terraform.io/hashicorp/azurerm\"]",
     "instances": [{"schema_version": 0, "attributes": {
        "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/main"}}]}
  ]
}"#;

const AWS: &str = "\
resourceType,resourceId,arn
AWS::EC2::VPC,vpc-0123456789abcdef0,arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0123456789abcdef0
AWS::EC2::VPC,vpc-stray,arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-stray
AWS::IAM::Role,app,arn:aws:iam::111122223333:role/app
AWS::S3::Bucket,other,arn:aws:s3:::other
";

fn place() -> Place {
    Place::new()
        .file("net/terraform.tfstate", STATE)
        .file("aws.csv", AWS)
}

#[test]
fn rows_come_first_and_a_summary_follows() {
    insta::assert_snapshot!(place().sgq(&["gaps", "--inventory", "aws.csv"]), @"
     status    │ type            │ id                                                           │ state │ address
    ───────────┼─────────────────┼──────────────────────────────────────────────────────────────┼───────┼──────────────────
     unmanaged │ AWS::EC2::VPC   │ arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-stray             │ NULL  │ NULL
     unmanaged │ AWS::S3::Bucket │ arn:aws:s3:::other                                           │ NULL  │ NULL
     missing   │ AWS::EC2::VPC   │ arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-gone56789abcdef01 │ net   │ aws_vpc.main[1]
     managed   │ AWS::EC2::VPC   │ arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0123456789abcdef0 │ net   │ aws_vpc.main[0]
     managed   │ AWS::IAM::Role  │ arn:aws:iam::111122223333:role/app                           │ net   │ aws_iam_role.app
    [stderr]
    sgq: AWS::EC2::VPC: 1 managed, 1 unmanaged, 1 missing; 50% covered
    sgq: AWS::IAM::Role: 1 managed, 0 unmanaged, 0 missing; 100% covered
    sgq: AWS::S3::Bucket: 0 managed, 1 unmanaged, 0 missing; 0% covered
    sgq: 2 managed, 2 unmanaged, 1 missing
    [exit 0]
    ");
}

#[test]
fn a_summary_is_a_row_for_each_type() {
    insta::assert_snapshot!(
        place().sgq(&["gaps", "--inventory", "aws.csv", "--summary", "--fail-on-rows", "-o", "csv"]),
        @"
    type,managed,unmanaged,missing,coverage
    AWS::EC2::VPC,1,1,1,50.0
    AWS::IAM::Role,1,0,0,100.0
    AWS::S3::Bucket,0,1,0,0.0
    [stderr]
    sgq: 2 managed, 2 unmanaged, 1 missing
    [exit 4]
    "
    );
}

#[test]
fn names_count_where_the_types_can_be_the_same() {
    let names = "name,type\napp,AWS::IAM::Role\napp,AWS::ECS::Cluster\n";
    let place = place().file("names.csv", names);
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "names.csv", "-o", "csv"]), @"
    status,type,id,state,address
    unmanaged,AWS::ECS::Cluster,app,,
    managed,AWS::IAM::Role,app,net,aws_iam_role.app
    [stderr]
    sgq: AWS::ECS::Cluster: 0 managed, 1 unmanaged, 0 missing; 0% covered
    sgq: AWS::IAM::Role: 1 managed, 0 unmanaged, 0 missing; 100% covered
    sgq: 1 managed, 1 unmanaged, 0 missing
    [exit 0]
    ");
    insta::assert_snapshot!(
        place.sgq(&["gaps", "--inventory", "names.csv", "-o", "csv", "--match", "AWS::SQS::Queue=aws_sqs_queue"]),
        @"
    status,type,id,state,address
    unmanaged,AWS::ECS::Cluster,app,,
    missing,AWS::SQS::Queue,arn:aws:sqs:eu-west-1:111122223333:jobs,net,aws_sqs_queue.jobs
    managed,AWS::IAM::Role,app,net,aws_iam_role.app
    [stderr]
    sgq: AWS::ECS::Cluster: 0 managed, 1 unmanaged, 0 missing; 0% covered
    sgq: AWS::IAM::Role: 1 managed, 0 unmanaged, 0 missing; 100% covered
    sgq: AWS::SQS::Queue: 0 managed, 0 unmanaged, 1 missing
    sgq: 1 managed, 1 unmanaged, 1 missing
    [exit 0]
    "
    );
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "names.csv", "--match", "aws_vpc"]), @"
    [stderr]
    sgq: --match takes TYPE=TYPE, as in AWS::EC2::VPC=aws_vpc, not aws_vpc
    [exit 2]
    ");
}

#[test]
fn json_of_google_and_azure_is_read() {
    let google = r#"{"name": "//compute.googleapis.com/projects/p/global/networks/main", "asset_type": "compute.googleapis.com/Network"}
{"name": "//compute.googleapis.com/projects/p/global/networks/stray", "asset_type": "compute.googleapis.com/Network"}"#;
    let azure = r#"[{"id": "/subscriptions/s/resourcegroups/G/providers/Microsoft.Network/virtualNetworks/main",
        "name": "main", "type": "Microsoft.Network/virtualNetworks"}]"#;
    let place = place()
        .file("google.json", google)
        .file("azure.json", azure);
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "google.json", "-o", "csv"]), @"
    status,type,id,state,address
    unmanaged,compute.googleapis.com/Network,//compute.googleapis.com/projects/p/global/networks/stray,,
    managed,compute.googleapis.com/Network,//compute.googleapis.com/projects/p/global/networks/main,net,google_compute_network.main
    [stderr]
    sgq: compute.googleapis.com/Network: 1 managed, 1 unmanaged, 0 missing; 50% covered
    sgq: 1 managed, 1 unmanaged, 0 missing
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "azure.json", "-o", "csv"]), @"
    status,type,id,state,address
    managed,Microsoft.Network/virtualNetworks,/subscriptions/s/resourcegroups/G/providers/Microsoft.Network/virtualNetworks/main,net,azurerm_virtual_network.main
    [stderr]
    sgq: Microsoft.Network/virtualNetworks: 1 managed, 0 unmanaged, 0 missing; 100% covered
    sgq: 1 managed, 0 unmanaged, 0 missing
    [exit 0]
    ");
}

#[test]
fn parquet_is_read() {
    let place = place();
    let made = place.sgq(&[
        "-o",
        "parquet",
        "--out",
        "aws.parquet",
        "SELECT 'vpc-0123456789abcdef0' AS id, 'AWS::EC2::VPC' AS type",
    ]);
    assert_eq!(made, "[exit 0]");
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "aws.parquet", "-o", "csv"]), @"
    status,type,id,state,address
    missing,AWS::EC2::VPC,arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-gone56789abcdef01,net,aws_vpc.main[1]
    missing,AWS::EC2::VPC,arn:aws:ec2:us-east-1:111122223333:vpc/vpc-far456789abcdef02,net,aws_vpc.main[2]
    managed,AWS::EC2::VPC,vpc-0123456789abcdef0,net,aws_vpc.main[0]
    [stderr]
    sgq: AWS::EC2::VPC: 1 managed, 0 unmanaged, 2 missing; 100% covered
    sgq: 1 managed, 0 unmanaged, 2 missing
    [exit 0]
    ");
}

#[test]
fn what_is_no_inventory_is_an_error() {
    let place = place().file("odd.csv", "a,b\n1,2\n").file("empty.json", "");
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "odd.csv"]), @"
    [stderr]
    sgq: odd.csv has no column that is known to hold ids; name one with --id: a, b
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "odd.csv", "--id", "c"]), @"
    [stderr]
    sgq: odd.csv has no column c, which --id names; it has a, b
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "empty.json"]), @"
    [stderr]
    sgq: empty.json is empty; --inventory takes a list of what exists
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "none.csv"]), @"
    [stderr]
    sgq: none.csv cannot be read: no such file or directory
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["gaps", "--inventory", "net/terraform.tfstate"]), @"
    [stderr]
    sgq: net/terraform.tfstate holds state; --inventory takes a list of what exists, as the cloud tells it
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "gaps"]), @"
    [stderr]
    sgq: gaps reads a table inventory, what exists by its id (an arn, id, self link or name) and type, and there is none; sgq gaps --inventory FILE makes it of a file
    [exit 2]
    ");
}

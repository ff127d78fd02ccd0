//! What others wrote while a writer was at work.

use std::collections::{BTreeSet, HashMap};

use ::postgres::GenericClient;
use jiff::Timestamp;

use super::StoreError;
use super::delta::{self, Change, Fingerprint, Meeting, Other, Overlap, PartKey, fingerprint};
use super::held::{Before, Kind, fingerprint_of};
use super::versions::member;

/// Who wrote a version, and when.
struct Author {
    author: Option<String>,
    at: Timestamp,
}

/// What became of a part since the base.
struct Since {
    was: Option<Fingerprint>,
    is: Option<(Fingerprint, Vec<String>)>,
    version: i64,
}

/// What others changed since a base, all their changes together.
pub(super) fn others(
    client: &mut impl GenericClient,
    state_id: i64,
    base: i64,
    start: Option<&Before>,
    onto: &Before,
) -> Result<Vec<Other>, StoreError> {
    let versions = client.query(
        "SELECT v.version, t.author, v.recorded_at FROM recorded_versions v \
         JOIN transactions t USING (transaction_id) WHERE v.state_id = $1 AND v.version > $2",
        &[&state_id, &base],
    )?;
    let authors: HashMap<i64, Author> = versions
        .iter()
        .map(|row| {
            let author = Author {
                author: row.get(1),
                at: row.get(2),
            };
            (row.get(0), author)
        })
        .collect();
    let mut others = Vec::new();
    let other = |key: PartKey, since: Since| {
        let change = match (&since.was, &since.is) {
            (Some(was), Some((is, _))) if was != is => Change::Changed,
            (None, Some(_)) => Change::Added,
            (Some(_), None) => Change::Removed,
            // It only stands elsewhere, or came and went.
            _ => return None,
        };
        let author = authors.get(&since.version);
        let (after, depends_on) = since.is.unzip();
        Some(Other {
            key,
            change,
            depends_on: depends_on.unwrap_or_default(),
            after,
            version: since.version,
            author: author.and_then(|author| author.author.clone()),
            at: author.map_or(Timestamp::UNIX_EPOCH, |author| author.at),
        })
    };
    for kind in Kind::ALL {
        let sql = format!(
            "SELECT fingerprint, valid_from, valid_to, {}, {} FROM {} \
             WHERE state_id = $1 AND (valid_from > $2 OR valid_to > $2) ORDER BY valid_from",
            kind.dependencies(),
            kind.keys(),
            kind.table()
        );
        let mut since: HashMap<PartKey, Since> = HashMap::new();
        for row in client.query(&sql, &[&state_id, &base])? {
            let (from, to): (i64, Option<i64>) = (row.get(1), row.get(2));
            let part = since.entry(kind.key(&row, 4)).or_insert(Since {
                was: None,
                is: None,
                version: base,
            });
            if from <= base {
                part.was = Some(fingerprint_of(&row, 0));
            } else {
                part.version = part.version.max(from);
            }
            match to {
                None => part.is = Some((fingerprint_of(&row, 0), row.get(3))),
                Some(to) => part.version = part.version.max(to),
            }
        }
        others.extend(
            since
                .into_iter()
                .filter_map(|(key, since)| other(key, since)),
        );
    }
    let start = start.map_or(&[][..], |start| &start.members);
    let names = start.iter().chain(&onto.members).map(|member| &member.name);
    let names: BTreeSet<&String> = names.collect();
    let of_top = names
        .into_iter()
        .filter(|name| !delta::OF_THE_WRITE.contains(&name.as_str()));
    others.extend(of_top.filter_map(|name| {
        let in_version = |members| member(members, name).map(|text| fingerprint(&[text]));
        let since = Since {
            was: in_version(start),
            is: in_version(&onto.members).map(|is| (is, Vec::new())),
            version: onto.version,
        };
        other(PartKey::Top(name.clone()), since)
    }));
    Ok(others)
}

/// Where real objects that a writer put at other addresses were put elsewhere by others since a base, or
/// removed: what moved on both sides, or is gone. `ids` are the types and the ids, as JSON, of what was put.
pub(super) fn same_objects(
    client: &mut impl GenericClient,
    state_id: i64,
    base: i64,
    put: &[(PartKey, String, String)],
) -> Result<Vec<Overlap>, StoreError> {
    if put.is_empty() {
        return Ok(Vec::new());
    }
    let types: Vec<&str> = put.iter().map(|(_, of, _)| of.as_str()).collect();
    let ids: Vec<&str> = put.iter().map(|(.., id)| id.as_str()).collect();
    let sql = format!(
        "SELECT put.nth, r.valid_from, r.valid_to, v.recorded_at, t.author, {} \
         FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS put (type, id_json, nth) \
         JOIN recorded_instances r USING (type, id_json) \
         JOIN recorded_versions v ON v.state_id = r.state_id \
           AND v.version = coalesce(r.valid_to, r.valid_from) \
         JOIN transactions t USING (transaction_id) \
         WHERE r.state_id = $1 AND r.mode = 'managed' AND r.deposed IS NULL \
           AND (r.valid_to > $2 OR r.valid_to IS NULL AND r.valid_from > $2) \
         ORDER BY put.nth, r.valid_from, r.address",
        Kind::Object.keys().replace("type", "r.type")
    );
    let mut overlaps = Vec::new();
    for row in client.query(&sql, &[&state_id, &base, &types, &ids])? {
        let nth: i64 = row.get(0);
        let at = usize::try_from(nth - 1).unwrap_or(usize::MAX);
        let other = Kind::Object.key(&row, 5);
        let Some((key, ..)) = put.get(at).filter(|(key, ..)| *key != other) else {
            continue;
        };
        let (from, to): (i64, Option<i64>) = (row.get(1), row.get(2));
        overlaps.push(Overlap {
            key: key.clone(),
            change: Change::Added,
            meeting: Meeting::Object,
            other,
            other_change: match to {
                Some(_) => Change::Removed,
                None => Change::Added,
            },
            version: to.unwrap_or(from),
            author: row.get(4),
            at: row.get(3),
        });
    }
    Ok(overlaps)
}

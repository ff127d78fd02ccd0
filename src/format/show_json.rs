use super::model::State;
pub(super) fn read(json: &str) -> Result<State<'_>, serde_json::Error> {
    serde_json::from_str::<super::v4::StateV4>(json).map(|s| s.into_state())
}

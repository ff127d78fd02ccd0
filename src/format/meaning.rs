//! What an address means where it leaves keys out.

use super::address::{AddressError, InstanceAddress, InstanceKey, ModulePath, ResourceAddress};

/// What an address means. A step or resource without a key means all its instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// All that a module holds.
    Module(ModulePath),
    /// The instances of a resource, or one of them.
    Resource(ResourceAddress, Option<InstanceKey>),
}

impl Meaning {
    /// Reads the address of a module, a resource or an instance.
    ///
    /// # Errors
    ///
    /// When it is none of these.
    pub fn parse(address: &str) -> Result<Meaning, AddressError> {
        if let Ok(module) = address.parse::<ModulePath>()
            && !module.is_root()
        {
            return Ok(Meaning::Module(module));
        }
        let instance: InstanceAddress = address.parse()?;
        Ok(Meaning::Resource(instance.resource, instance.key))
    }

    /// Whether an instance is meant.
    pub fn covers(&self, instance: &InstanceAddress) -> bool {
        let resource = &instance.resource;
        match self {
            Meaning::Module(module) => module.covers(&resource.module),
            Meaning::Resource(wanted, key) => {
                wanted.config() == resource.config()
                    && wanted.module.covers(&resource.module)
                    && (key.is_none() || *key == instance.key)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_keys_out_means_all_of_them() {
        let covers = |wanted: &str, address: &str| {
            let address = address.parse().unwrap();
            Meaning::parse(wanted).unwrap().covers(&address)
        };
        assert!(covers("a.b", "a.b"));
        assert!(covers("a.b", "a.b[0]"));
        assert!(covers("a.b[0]", "a.b[0]"));
        assert!(covers("module.m.a.b", "module.m[\"k\"].a.b[1]"));
        assert!(covers("module.m", "module.m[0].module.n.a.b"));
        assert!(covers("module.m[0]", "module.m[0].a.b"));
        assert!(!covers("module.m[0]", "module.m[1].a.b"));
        assert!(!covers("a.b[0]", "a.b[1]"));
        assert!(!covers("a.b", "module.m.a.b"));
        assert!(!covers("a.b", "data.a.b"));
        assert!(Meaning::parse("a").is_err());
    }
}

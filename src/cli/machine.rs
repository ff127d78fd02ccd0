//! How much memory the process may have: the machine's, or what its control group leaves of it.

use std::fs;
use std::path::Path;

/// The memory in bytes, and `None` where the system does not tell it: today all but Linux.
pub(super) fn memory() -> Option<u64> {
    memory_below(Path::new("/"))
}

/// The same, of a system whose files lie below `root`.
fn memory_below(root: &Path) -> Option<u64> {
    let whole = total(&fs::read_to_string(root.join("proc/meminfo")).ok()?)?;
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().filter_map(|group| limit_of(root, group));
    Some(limits.fold(whole, u64::min))
}

/// `MemTotal` of `/proc/meminfo`, which counts in units of 1024 bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The least that a line of `/proc/self/cgroup` allows, `ID:CONTROLLERS:PATH`: the limit of a group
/// holds for all groups in it. Version 2 has one hierarchy, with the ID 0 and no controllers. A
/// container may see its group's own files at the root and not below the path.
fn limit_of(root: &Path, group: &str) -> Option<u64> {
    let (id, rest) = group.split_once(':')?;
    let (controllers, path) = rest.split_once(':')?;
    let (hierarchy, file) = match (id, controllers) {
        ("0", "") => ("sys/fs/cgroup", "memory.max"),
        (_, controllers) if controllers.split(',').any(|name| name == "memory") => {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        _ => return None,
    };
    let hierarchy = root.join(hierarchy);
    let folder = hierarchy.join(path.trim_start_matches('/'));
    // Where there is no limit version 2 has the word `max`, and version 1 a number beyond all memory.
    let limit = |folder: &Path| {
        let limit = fs::read_to_string(folder.join(file)).ok()?;
        limit.trim().parse::<u64>().ok()
    };
    folder
        .ancestors()
        .take_while(|folder| folder.starts_with(&hierarchy))
        .filter_map(limit)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine of 8 GB with these files besides.
    fn machine(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        let meminfo = [(
            "proc/meminfo",
            "MemTotal:        8388608 kB\nMemFree: 1 kB\n",
        )];
        for (path, content) in meminfo.iter().chain(files) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        memory_below(root.path())
    }

    #[test]
    fn without_a_limit_it_is_the_machines() {
        assert_eq!(machine(&[]), Some(8 << 30));
        let unlimited = [
            ("proc/self/cgroup", "3:memory:/a\n0::/a\n"),
            ("sys/fs/cgroup/a/memory.max", "max\n"),
            (
                "sys/fs/cgroup/memory/a/memory.limit_in_bytes",
                "9223372036854771712\n",
            ),
        ];
        assert_eq!(machine(&unlimited), Some(8 << 30));
    }

    #[test]
    fn a_group_of_version_2_limits_it() {
        let files = [
            ("proc/self/cgroup", "0::/pod/box\n"),
            ("sys/fs/cgroup/pod/box/memory.max", "2147483648\n"),
        ];
        assert_eq!(machine(&files), Some(2 << 30));
    }

    #[test]
    fn a_group_above_limits_it_too() {
        let files = [
            ("proc/self/cgroup", "0::/pod/box\n"),
            ("sys/fs/cgroup/pod/box/memory.max", "max\n"),
            ("sys/fs/cgroup/pod/memory.max", "1073741824\n"),
        ];
        assert_eq!(machine(&files), Some(1 << 30));
    }

    #[test]
    fn a_group_of_version_1_limits_it_also_where_its_path_is_not_seen() {
        let files = [
            (
                "proc/self/cgroup",
                "5:cpu,cpuacct:/x\n4:blkio,memory:/docker/0e15\n",
            ),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n"),
        ];
        assert_eq!(machine(&files), Some(512 << 20));
    }

    #[test]
    fn a_system_that_does_not_tell_has_none() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(memory_below(root.path()), None);
        assert_eq!(total("MemFree: 1 kB\n"), None);
    }
}

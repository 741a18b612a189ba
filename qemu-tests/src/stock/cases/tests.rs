//! The lists agree with themselves.

use super::*;
use crate::stock::case::Purgatory;
use crate::stock::evidence::RTC_TICK;

#[test]
fn each_run_has_a_unique_name() {
    let mut names: Vec<_> = all().map(|case| (case.loader.name(), case.name)).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(names.iter().all(|(_, name)| !name.is_empty()));
    let lists = [linux::ALL, kexec_tools::ALL, native::ALL];
    let loaders = [Loader::Linux, Loader::KexecTools, Loader::Native];
    for (list, loader) in lists.into_iter().zip(loaders) {
        assert!(list.iter().all(|case| case.loader == loader));
    }
}

fn refused(expected: Expected) -> bool {
    matches!(expected.end, End::Refused(_))
}

#[test]
fn a_configured_wait_exceeds_the_error_of_the_clock() {
    for case in all() {
        assert!(case.wait.is_zero() || case.wait > RTC_TICK, "{}", case.name);
        let resets = case.ours.expected.end == End::Resets;
        assert!(resets || case.wait.is_zero(), "{}", case.name);
    }
}

#[test]
fn a_run_boots_unless_a_fault_is_verified() {
    for case in all().filter(|case| !refused(case.ours.expected)) {
        let expected = case.ours.expected;
        let lines = |status: Status| {
            let verdict = |(_, printed): &(Place, Printed)| matches!(printed, Printed::Verdict(s, _) if *s == status);
            expected.lines.iter().any(verdict)
        };
        let continues = |(_, printed): &(Place, Printed)| {
            matches!(printed, Printed::Verdict(_, Action::Continue))
        };
        let elfcorehdr = case.loader == Loader::Native && case.faults == ELFCOREHDR;
        let verified =
            !case.faults.is_empty() && !elfcorehdr && !case.switches.contains("no-checks");
        let boots = matches!(expected.end, End::Boots | End::BootsWithoutLine);
        let continues = expected.lines.iter().any(continues);
        assert_eq!(boots, !verified || continues, "{}", case.name);
        let reports = !expected.lines.is_empty() && !lines(Status::Verified);
        assert_eq!(reports, verified, "{}", case.name);
    }
}

#[test]
fn ours_boots_where_the_stock_purgatory_does_and_prints_where_it_is_silent() {
    for case in all() {
        let Some(Run { expected: stock, .. }) = case.run(Purgatory::Stock) else { continue };
        let boots = |end| matches!(end, End::Boots | End::BootsWithoutLine);
        assert!(!boots(stock.end) || boots(case.ours.expected.end), "{}", case.name);
        let dies = !boots(stock.end) && !refused(stock);
        assert!(!dies || !case.ours.expected.lines.is_empty(), "{}", case.name);
    }
}

#[test]
fn only_linux_with_hotplug_leaves_elfcorehdr_out() {
    use crate::guest::running::Facts;
    let facts = |crash_hotplug| Facts { crash_hotplug, ..Facts::default() };
    for case in all().filter(|case| case.faults == ELFCOREHDR) {
        for run in Purgatory::ALL.into_iter().filter_map(|purgatory| case.run(purgatory)) {
            let boots = |hotplug| case.expected(run, &facts(hotplug)).end == End::Boots;
            let linux = case.loader == Loader::Linux;
            let native = case.loader == Loader::Native;
            assert_eq!((boots(false), boots(true)), (native, linux || native), "{}", case.name);
        }
    }
}

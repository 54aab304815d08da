//! People on a screen: two lines for each, so that nothing is cut.

use std::fmt;

use super::PeopleView;

impl fmt::Display for PeopleView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.people.is_empty() {
            writeln!(f, "no people: nothing that Tandem read is so")?;
        }
        let address = |one: &super::Listed| one.email.clone().unwrap_or_else(|| "(no address)".to_owned());
        let wide = |texts: &mut dyn Iterator<Item = String>| texts.map(|text| text.chars().count()).max();
        let addresses = wide(&mut self.people.iter().map(address)).unwrap_or_default();
        let names = wide(&mut self.people.iter().map(|one| one.name.clone())).unwrap_or_default();
        for one in &self.people {
            let (address, state) = (address(one), one.state.as_str());
            writeln!(f, "{address:<addresses$}  {:<names$}  {state:<9}  since {}", one.name, one.since)?;
            writeln!(f, "    {}  {:<3} {}", one.id, one.rule.as_str(), one.reason)?;
        }
        if self.unreadable > 0 {
            writeln!(f, "{} more cannot be read as they are kept: they are read anew (B4)", self.unreadable)?;
        }
        match &self.next {
            Some(next) => writeln!(f, "\nthere are more: --after {next}, or --csv for all"),
            None => Ok(()),
        }
    }
}

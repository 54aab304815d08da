//! The settings that the demo gives Tandem.

use std::path::Path;

use super::World;
use crate::config::{ConfigErrors, CustomerSettings, Environment, Settings};

/// The demo's own settings: limits lifted, everything often.
pub(super) fn settings(
    folder: &Path,
    world: &World,
    here: &str,
) -> Result<(Settings, CustomerSettings), ConfigErrors> {
    let url = world.url();
    let environment = Environment::of(&[]);
    let process = format!(
        "data_dir = \"store\"\n[http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"{here}\"\n[constant_contact]\napi_url = \"{url}/cc\"\n\
         auth_url = \"{url}/cc/oauth\"\nclient_id = \"demo\"\nclient_secret = \"demo\"\n\
         calls_per_second = 1000000\ncalls_per_day = 1000000000\n[virtuous]\napi_url = \"{url}/virtuous\"\n\
         calls_per_hour = 1000000000\n"
    );
    let customer = format!(
        "id = \"hope\"\nname = \"Hope Foundation\"\ntime_zone = \"America/New_York\"\n[constant_contact]\n\
         refresh_token = \"{}\"\npoll_every = \"1s\"\nlists_every = \"2 polls\"\n\
         bounces_every = \"2s\"\nsweep_every = \"20s\"\n[virtuous]\napi_key = \"{}\"\nquery_every = \"10s\"\n\
         lookup_after = \"30s\"\ncalls_per_hour = 1000000000\n[import]\nauto_start = true\nwindow = \"\"\n\
         calls_per_hour = 1000000000\n[mapping.fields]\n\"Favorite Program\" = \"Program Interest\"\n",
        world.refresh_token(),
        world.api_key(),
    );
    let settings = Settings::from_toml(&process, &folder.join("tandem.toml"), &environment)?;
    let customer = CustomerSettings::from_toml(&customer, &folder.join("hope.toml"), &environment)?;
    Ok((settings, customer))
}

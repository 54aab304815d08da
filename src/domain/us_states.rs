//! States and territories of the United States: their names, and the codes that addresses carry.

const STATES: [(&str, &str); 56] = [
    ("alabama", "AL"),
    ("alaska", "AK"),
    ("arizona", "AZ"),
    ("arkansas", "AR"),
    ("california", "CA"),
    ("colorado", "CO"),
    ("connecticut", "CT"),
    ("delaware", "DE"),
    ("district of columbia", "DC"),
    ("florida", "FL"),
    ("georgia", "GA"),
    ("hawaii", "HI"),
    ("idaho", "ID"),
    ("illinois", "IL"),
    ("indiana", "IN"),
    ("iowa", "IA"),
    ("kansas", "KS"),
    ("kentucky", "KY"),
    ("louisiana", "LA"),
    ("maine", "ME"),
    ("maryland", "MD"),
    ("massachusetts", "MA"),
    ("michigan", "MI"),
    ("minnesota", "MN"),
    ("mississippi", "MS"),
    ("missouri", "MO"),
    ("montana", "MT"),
    ("nebraska", "NE"),
    ("nevada", "NV"),
    ("new hampshire", "NH"),
    ("new jersey", "NJ"),
    ("new mexico", "NM"),
    ("new york", "NY"),
    ("north carolina", "NC"),
    ("north dakota", "ND"),
    ("ohio", "OH"),
    ("oklahoma", "OK"),
    ("oregon", "OR"),
    ("pennsylvania", "PA"),
    ("rhode island", "RI"),
    ("south carolina", "SC"),
    ("south dakota", "SD"),
    ("tennessee", "TN"),
    ("texas", "TX"),
    ("utah", "UT"),
    ("vermont", "VT"),
    ("virginia", "VA"),
    ("washington", "WA"),
    ("west virginia", "WV"),
    ("wisconsin", "WI"),
    ("wyoming", "WY"),
    ("american samoa", "AS"),
    ("guam", "GU"),
    ("northern mariana islands", "MP"),
    ("puerto rico", "PR"),
    ("u.s. virgin islands", "VI"),
];
const COUNTRY: [&str; 5] = ["us", "usa", "u.s.", "united states", "united states of america"];

/// The code of a state of this country, as the CRM's addresses have it; the state as it is written anywhere else (F2).
#[must_use]
pub fn state_code<'a>(state: &'a str, country: &str) -> &'a str {
    let is_us = COUNTRY.contains(&country.trim().to_ascii_lowercase().as_str());
    let name = state.trim().to_ascii_lowercase();
    let known =
        STATES.iter().find(|(known, code)| is_us && (*known == name || code.eq_ignore_ascii_case(&name)));
    known.map_or(state, |(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f2_a_state_goes_by_its_code_where_it_is_one() {
        for (state, country, sent) in [
            ("California", "US", "CA"),
            (" new york ", "United States", "NY"),
            ("ca", "usa", "CA"),
            ("Georgia", "GE", "Georgia"),
            ("California", "", "California"),
            ("Ontario", "US", "Ontario"),
        ] {
            assert_eq!(state_code(state, country), sent, "{state}, {country}");
        }
    }
}

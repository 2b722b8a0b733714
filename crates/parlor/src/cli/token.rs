use clap::Args;
use server::auth::{Claims, sign};
use service::chat::{Environment, UserId};

use super::ConfigArgs;
use crate::{Failure, System};

/// `parlor token`.
#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(flatten)]
    config: ConfigArgs,
    /// The user's id
    #[arg(long, value_name = "ID")]
    user: String,
    /// The name to show
    #[arg(long)]
    name: Option<String>,
    /// How long it is good for: a number and s, m, h or d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = seconds)]
    ttl: u32,
}

impl Token {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.config.settings()?;
        let user =
            UserId::parse(&self.user, "--user").map_err(|refusal| Failure::Config(refusal.to_string()))?;
        let exp = System.now().0 as f64 / 1000.0 + f64::from(self.ttl);
        let claims = Claims { name: self.name, exp: exp.floor(), ..Claims::new(user.as_str()) };
        let secret = settings.signing_secret(&System)?;
        let token = sign(&secret, &claims)
            .map_err(|error| Failure::Outside(format!("the token cannot be signed: {error}")))?;
        println!("{token}");
        Ok(())
    }
}

fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || format!("{text:?} is no time; write a number and s, m, h or d, as in 90m");
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).filter(|&seconds| seconds > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_have_a_unit_and_are_longer_than_nothing() {
        assert_eq!(seconds("90m"), Ok(5400));
        assert_eq!(seconds("7d"), Ok(604_800));
        assert_eq!(seconds("30"), Ok(30));
        for wrong in ["", "h", "0s", "1w", "-1h", "99999999999h"] {
            assert!(seconds(wrong).is_err(), "{wrong:?}");
        }
    }
}

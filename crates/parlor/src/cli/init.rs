use std::path::PathBuf;

use clap::Args;
use service::chat::Environment;

use crate::{
    Failure, System,
    config::{commented_file, write_private},
};

/// `parlor init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Where to write it
    #[arg(value_name = "FILE", default_value = "parlor.toml")]
    file: PathBuf,
    /// Print it instead, without secrets
    #[arg(long)]
    print: bool,
}

impl Init {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.print {
            print!("{}", commented_file());
            return Ok(());
        }
        let shown = self.file.display();
        if self.file.exists() {
            return Err(Failure::Config(format!(
                "{shown} is there already; choose another name, or move it away"
            )));
        }
        let text = with_secret(&with_secret(&commented_file(), "jwt_secret"), "key");
        write_private(&self.file, text.as_bytes())
            .map_err(|error| Failure::Outside(format!("{shown} cannot be written: {error}")))?;
        println!(
            "Wrote {shown}, with a new secret for logins and a new key for the server API.\n\
             Next: parlor serve --config {shown}\n\
             A login to try: parlor token --config {shown} --user ada --name 'Ada Lovelace'"
        );
        Ok(())
    }
}

/// The file with this key set to a new secret.
fn with_secret(file: &str, name: &str) -> String {
    let mut random = [0; 32];
    System.random(&mut random);
    let secret = server::auth::secret_text(random);
    file.replace(&format!("# {name} = \"\"\n"), &format!("{name} = \"{secret}\"\n"))
}

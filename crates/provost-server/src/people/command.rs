//! `provost members`.

use super::{
    Address, Details, InvitationStore, LeftBehindStore, Member, PeopleStore, Pressed, Role, State, links,
};
use crate::audit::By;
use crate::cli::common::{Json, OfOrganisation};
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::names::name;
use crate::organisations::OrganisationStore;
use crate::output::{print, print_json, table};
use crate::slug::Slug;
use crate::storage::{Storage, StorageError};
use clap::Subcommand;
use provost::Id;
use provost::hook::TenantId;

const MEMBER: &str = "Member: the id of the membership, a user name, or an e-mail address";

const PRINT_LINK: &str = "Print the link instead of leaving it to a mail, even if standard output is not a terminal, and may end up in a log";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List them by user name
    List {
        #[command(flatten)]
        org: OfOrganisation,
        /// Only those in these states: provisioned,invited,joined,deactivated, or all. Deactivated are users without access
        #[arg(long, value_name = "STATES", default_value = "provisioned,invited,joined", value_parser = States::read)]
        state: States,
        #[command(flatten)]
        json: Json,
    },
    /// Show one member, and who may be the same person
    Show {
        #[arg(help = MEMBER)]
        member: String,
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Invite people whom the identity provider does not bring; several without --yes: say what would become of each
    Invite {
        #[arg(required = true, value_name = "EMAIL")]
        emails: Vec<String>,
        /// owner, manager or member
        #[arg(long)]
        role: Role,
        /// What the person is called
        #[arg(long, value_parser = name)]
        name: Option<String>,
        /// Invite several
        #[arg(long)]
        yes: bool,
        #[arg(long, help = PRINT_LINK)]
        print_link: bool,
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Send an invitation again, whose earlier links end when a mail server takes it
    Resend {
        #[arg(help = MEMBER)]
        member: String,
        #[arg(long, help = PRINT_LINK)]
        print_link: bool,
        #[command(flatten)]
        org: OfOrganisation,
    },
    /// Withdraw the invitation of a person whom the identity provider brought; the membership stays
    Withdraw {
        #[arg(help = MEMBER)]
        member: String,
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Invite everybody whom the identity provider brought and nobody has invited yet
    InviteWaiting {
        #[command(flatten)]
        org: OfOrganisation,
    },
    /// Give a member a role, which stays whatever the identity provider or the Default Role says
    Role {
        #[arg(help = MEMBER)]
        member: String,
        /// owner, manager or member
        role: Role,
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Merge a membership by hand with a user of the identity provider; without --yes, say what would become of both
    Merge {
        #[arg(help = "Membership by hand: its id or e-mail address")]
        member: String,
        /// Id of the user, the scimUserId of lists
        #[arg(long, value_name = "ID")]
        user: String,
        /// Merge them, for good
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Say that a member by hand stays, although the identity provider un-assigned somebody with the address
    Keep {
        #[arg(help = MEMBER)]
        member: String,
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Remove a member whom no identity provider manages, or withdraw the invitation
    Remove {
        #[arg(help = MEMBER)]
        member: String,
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
}

/// Read as one text: `all` means several.
#[derive(Debug, Clone)]
pub(crate) struct States(Vec<State>);

impl States {
    fn read(text: &str) -> Result<Self, String> {
        State::list(text).map(Self)
    }
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    let by = By::operator();
    match command {
        Command::List { org, state, json } => {
            list(&storage.members(tenant(&storage, &org.slug).await?, state.0).await?, json)
        }
        Command::Show { member, org, json } => {
            show(&storage.member(tenant(&storage, &org.slug).await?, member).await?, json)
        }
        Command::Invite { emails, role, name, yes, print_link, org, json } => {
            let tenant = tenant(&storage, &org.slug).await?;
            let invite = Invite { emails, role, name, yes, print_link, json };
            invite.run(&storage, installation, tenant).await
        }
        Command::Resend { member, print_link, org } => {
            let tenant = tenant(&storage, &org.slug).await?;
            if print_link {
                let id = storage.member(tenant, member).await?.member.id.ok_or(StorageError::LinkGone)?;
                return links::print(&storage, installation, tenant, id, true).await;
            }
            let Pressed { member, was_waiting } = storage.resend(by, tenant, member).await?;
            let how = if was_waiting { "was waiting, and is" } else { "is" };
            print(&format!("the invitation of {} {how} sent as soon as possible", member.user_name))?;
            match member.id {
                Some(id) => links::print(&storage, installation, tenant, id, false).await,
                None => Ok(()),
            }
        }
        Command::Withdraw { member, org, json } => {
            one(&storage.withdraw(by, tenant(&storage, &org.slug).await?, member).await?, json)
        }
        Command::InviteWaiting { org } => {
            let invited = storage.invite_waiting(by, tenant(&storage, &org.slug).await?).await?;
            Ok(print(&format!("invited {invited}"))?)
        }
        Command::Role { member, role, org, json } => {
            let tenant = tenant(&storage, &org.slug).await?;
            one(&storage.give_role(by, tenant, member, role).await?, json)
        }
        Command::Merge { member, user, yes, org, json } => {
            let tenant = tenant(&storage, &org.slug).await?;
            let merge = storage.merge(by, tenant, member, Id::from(user), yes).await?;
            if !yes {
                return Err(Failure::Unmerged(Box::new(merge)));
            }
            let id = merge.kept.id.map(|id| id.to_string()).unwrap_or_default();
            show(&storage.member(tenant, id).await?, json)
        }
        Command::Keep { member, org, json } => {
            one(&storage.keep_member(by, tenant(&storage, &org.slug).await?, member).await?, json)
        }
        Command::Remove { member, org, json } => {
            let removed = storage.remove_member(by, tenant(&storage, &org.slug).await?, member).await?;
            match json.json {
                true => Ok(print_json(&removed)?),
                false => Ok(print(&format!("removed {}", removed.user_name))?),
            }
        }
    }
}

/// Whom to invite, and how.
struct Invite {
    emails: Vec<String>,
    role: Role,
    name: Option<String>,
    yes: bool,
    print_link: bool,
    json: Json,
}

impl Invite {
    async fn run(
        self,
        storage: &Storage,
        installation: &Installation,
        tenant: TenantId,
    ) -> Result<(), Failure> {
        let Self { emails, role, name, yes, print_link, json } = self;
        if let [email] = emails.as_slice() {
            let email: Address = email.parse().map_err(StorageError::Refused)?;
            let id = storage.invite(By::operator(), tenant, email, name, role).await?;
            show(&storage.member(tenant, id.to_string()).await?, json)?;
            return links::print(storage, installation, tenant, id, print_link).await;
        }
        let preview = storage.preview(tenant, emails).await?;
        let rows: Vec<_> =
            preview.iter().map(|(email, becomes)| [email.clone(), becomes.to_string()]).collect();
        print(&table(["EMAIL", "WHAT BECOMES OF IT"], &rows))?;
        let invited = preview.iter().filter(|(_, becomes)| becomes.is_invited(role));
        if !yes {
            return Err(Failure::Uninvited(invited.count()));
        }
        for (email, _) in invited {
            let email: Address = email.parse().map_err(StorageError::Refused)?;
            let id = storage.invite(By::operator(), tenant, email, None, role).await?;
            links::print(storage, installation, tenant, id, print_link).await?;
        }
        Ok(())
    }
}

async fn tenant(storage: &Storage, slug: &Slug) -> Result<TenantId, Failure> {
    Ok(storage.organisation(slug).await?.tenant)
}

fn list(members: &[Member], json: Json) -> Result<(), Failure> {
    if json.json {
        return Ok(print_json(&members)?);
    }
    let row = |m: &Member| {
        let teams: Vec<&str> = m.teams.iter().map(Slug::as_str).collect();
        [
            m.user_name.clone(),
            m.display_name.clone().unwrap_or_default(),
            m.email.clone().unwrap_or_default(),
            m.role().to_owned(),
            m.state.as_str().to_owned(),
            m.managed_by.as_str().to_owned(),
            teams.join(" "),
            m.id.map(|id| id.to_string()).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = members.iter().map(row).collect();
    Ok(print(&table(["USER NAME", "NAME", "EMAIL", "ROLE", "STATE", "MANAGED BY", "TEAMS", "ID"], &rows))?)
}

fn one(member: &Member, json: Json) -> Result<(), Failure> {
    match json.json {
        true => Ok(print_json(member)?),
        false => list(std::slice::from_ref(member), json),
    }
}

fn show(details: &Details, json: Json) -> Result<(), Failure> {
    if json.json {
        return Ok(print_json(details)?);
    }
    list(std::slice::from_ref(&details.member), json)?;
    notes(details).iter().try_for_each(|note| Ok(print(note)?))
}

/// What else to tell a person about a member.
fn notes(details: &Details) -> Vec<String> {
    let mut notes: Vec<String> = details.invitation.sentence().into_iter().collect();
    if let Some(at) = details.unassigned {
        notes.push(format!(
            "un-assigned in the identity provider on {at}, still here by hand: `provost members remove` ends the membership, \
             `provost members keep` says that it stays"
        ));
    }
    if let Some(former) = &details.former_role {
        notes.push(format!("the role was `{former}` in an earlier release"));
    }
    for other in &details.possible_matches {
        let merge = match (&other.scim_user_id, &details.member.scim_user_id) {
            (Some(user), None) => {
                details.member.id.map(|id| format!("provost members merge {id} --user {user}"))
            }
            (None, Some(user)) => Some(format!("provost members merge {} --user {user}", other.id)),
            _ => None,
        };
        let advice = merge.map(|merge| format!(", if so: `{merge}`")).unwrap_or_default();
        let (name, id, noun) = (&other.user_name, other.id, other.same.noun());
        notes.push(format!("possibly the same person as {name} ({id}), who has the same {noun}{advice}"));
    }
    notes
}

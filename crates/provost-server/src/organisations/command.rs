//! `provost org`.

use super::shown::{list, show};
use super::{IdentityProvider, Organisation, OrganisationChange, OrganisationStore, ending};
use crate::audit::{By, Keep};
use crate::brake::{Brake, Least, Manner, Percent};
use crate::cli::common::{Json, Prepared};
use crate::cli::installation::Installation;
use crate::clock;
use crate::config::Switch;
use crate::failure::Failure;
use crate::names::name;
use crate::people::{Address, Days, Grantable, Inviters, Inviting, Mode, links};
use crate::requests::KeepValues;
use crate::silence::SilentAfter;
use crate::slug::Slug;
use crate::storage;
use crate::tokens::IssueError;
use clap::{ArgAction, Subcommand};
use provost::Profile;

const PROFILE: &str = "Compatibility profile: entra, okta, strict or interop. Use entra when in doubt, and interop for clients \
                       that follow the RFC. Single rules (docs/quirks.md) are added and removed after it, as in \
                       entra,+patch/replace-whole,-filter/empty";
const DEFAULT_ROLE: &str = "Role of new members, manager or member; existing members keep theirs";
const SCIM: &str = "Whether the identity provider may provision the organisation; off refuses its tokens and changes no member";
const AUDIT: &str =
    "How long the records of its audit trail are kept, in days: 400d; forever keeps all of them";
const INVITATIONS: &str = "When those whom the identity provider assigns are mailed an invitation: off, assignment (at once), team (when in a team), or \
                           digest (never by itself: managers are mailed once a day who waits)";
const INVITATION_DAYS: &str = "Days for which an invitation is good, 1 to 30";
const INVITERS: &str = "Who may invite by hand: managers (with owners), owners, or nobody";
const INVITERS_NOTE: &str = "What is said to those who may not invite; empty takes it away";
const BRAKE: &str = "What happens when too many memberships end by SCIM within an hour: warn tells the owners, stop tells them and refuses others until \
                     an owner lifts the brake";
const BRAKE_LEAST: &str = "Fewer memberships than these are never too many";
const BRAKE_PERCENT: &str = "How many are too many, in percent of the memberships that SCIM manages, where that is more than --brake-least";
const SILENT: &str = "After how long without a call owners are told that the identity provider is silent: a span of time, as 6h; usual is 2 hours for \
                      Entra and never for others; or never";
const KEEP_VALUES: &str = "Keep the values of requests that are refused, beside their shape: 24h for 24 hours from now, each for 24 hours; off removes \
                           those that are kept";
const UNIQUE: &str = "Whether externalId must be unique among the resources of a type";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create an organisation
    Create {
        /// Short name: lower-case letters, digits and hyphens
        slug: Slug,
        /// Display name [default: SLUG]
        #[arg(long, value_parser = name)]
        name: Option<String>,
        #[arg(long, default_value = "entra", help = PROFILE)]
        profile: Profile,
        #[arg(long, value_name = "ROLE", default_value = "member", help = DEFAULT_ROLE)]
        default_role: Grantable,
        /// Invite this person as owner
        #[arg(long, value_name = "EMAIL")]
        owner: Option<Address>,
        #[arg(long, value_name = "on|off", default_value = "off", value_parser = switch, action = ArgAction::Set, help = UNIQUE)]
        unique_external_id: bool,
        #[arg(long, value_name = "on|off", default_value = "on", value_parser = switch, action = ArgAction::Set, help = SCIM)]
        scim: bool,
        #[arg(long, value_name = "DAYS", default_value = "forever", help = AUDIT)]
        audit_retention: Keep,
        #[arg(long, value_name = "SPAN|usual|never", default_value = "usual", help = SILENT)]
        silent_after: SilentAfter,
        #[command(flatten)]
        inviting: InvitingArguments,
        #[command(flatten)]
        braking: BrakeArguments,
        /// Print the owner's invitation link even if standard output is not a terminal, and may end up in a log
        #[arg(long, requires = "owner")]
        print_link: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Change an organisation; options that are left out stay as they are
    #[command(group = clap::ArgGroup::new("change").args(["slug", "name", "profile", "default_role", "unique_external_id", "scim", "audit_retention", "invitations", "invitation_days", "inviters", "inviters_note", "brake", "brake_least", "brake_percent", "silent_after", "keep_values"]).multiple(true).required(true))]
    Update {
        /// Organisation
        #[arg(id = "of", value_name = "SLUG")]
        org: Slug,
        /// Another short name. The one before is never given to another organisation
        #[arg(long)]
        slug: Option<Slug>,
        /// Display name
        #[arg(long, value_parser = name)]
        name: Option<String>,
        #[arg(long, help = PROFILE)]
        profile: Option<Profile>,
        #[arg(long, value_name = "ROLE", help = DEFAULT_ROLE)]
        default_role: Option<Grantable>,
        #[arg(long, value_name = "on|off", value_parser = switch, action = ArgAction::Set, help = UNIQUE)]
        unique_external_id: Option<bool>,
        #[arg(long, value_name = "on|off", value_parser = switch, action = ArgAction::Set, help = SCIM)]
        scim: Option<bool>,
        #[arg(long, value_name = "DAYS", help = AUDIT)]
        audit_retention: Option<Keep>,
        #[arg(long, value_name = "SPAN|usual|never", help = SILENT)]
        silent_after: Option<SilentAfter>,
        #[arg(long, value_name = "24h|off", help = KEEP_VALUES)]
        keep_values: Option<KeepValues>,
        #[command(flatten)]
        inviting: InvitingArguments,
        #[command(flatten)]
        braking: BrakeArguments,
        #[command(flatten)]
        prepared: Prepared,
    },
    /// List all organisations
    List {
        /// List those that were deleted instead: of them the short name alone is kept
        #[arg(long)]
        deleted: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Show one organisation
    Show {
        slug: Slug,
        #[command(flatten)]
        json: Json,
    },
    /// Switch an organisation off: its tokens, pages and links open nothing, and no mail is sent for it. Nothing of it is lost
    Disable(ending::Asked),
    /// Switch an organisation on again; all but its sessions is as before
    Enable {
        slug: Slug,
        #[command(flatten)]
        json: Json,
    },
    /// Delete an organisation, for good, with its users, groups, members, teams and tokens
    Delete(ending::Asked),
}

/// How it invites.
#[derive(Debug, clap::Args)]
pub(crate) struct InvitingArguments {
    #[arg(long, value_name = "MODE", help = INVITATIONS)]
    invitations: Option<Mode>,
    #[arg(long, value_name = "DAYS", help = INVITATION_DAYS)]
    invitation_days: Option<Days>,
    #[arg(long, value_name = "WHO", help = INVITERS)]
    inviters: Option<Inviters>,
    #[arg(long, value_name = "TEXT", value_parser = note, help = INVITERS_NOTE)]
    inviters_note: Option<Note>,
}

/// How it brakes.
#[derive(Debug, clap::Args)]
pub(crate) struct BrakeArguments {
    #[arg(long, value_name = "warn|stop", help = BRAKE)]
    brake: Option<Manner>,
    #[arg(long, value_name = "N", help = BRAKE_LEAST)]
    brake_least: Option<Least>,
    #[arg(long, value_name = "PERCENT", help = BRAKE_PERCENT)]
    brake_percent: Option<Percent>,
}

/// A sentence, or none.
#[derive(Debug, Clone)]
struct Note(Option<String>);

fn note(text: &str) -> Result<Note, &'static str> {
    match text.trim() {
        "" => Ok(Note(None)),
        text => name(text).map(|text| Note(Some(text))),
    }
}

impl InvitingArguments {
    fn of_new(self) -> Inviting {
        let usual = Inviting::default();
        Inviting {
            mode: self.invitations.unwrap_or(usual.mode),
            days: self.invitation_days.unwrap_or(usual.days),
            inviters: self.inviters.unwrap_or(usual.inviters),
            note: self.inviters_note.and_then(|note| note.0),
        }
    }
}

impl BrakeArguments {
    fn of_new(self) -> Brake {
        Brake {
            manner: self.brake.unwrap_or_default(),
            least: self.brake_least.unwrap_or_default(),
            percent: self.brake_percent.unwrap_or_default(),
        }
    }
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    match command {
        Command::Create {
            slug,
            name,
            profile,
            default_role,
            owner,
            unique_external_id,
            scim,
            audit_retention,
            silent_after,
            inviting,
            braking,
            print_link,
            json,
        } => {
            let created = clock::now();
            let tenant = clock::new_tenant().map_err(IssueError::from)?;
            let name = name.unwrap_or_else(|| slug.to_string());
            let profile = profile.with_unique_external_id(unique_external_id);
            let (provider, former_default_role) = (IdentityProvider::of(&profile), None);
            let new = Organisation {
                tenant,
                slug,
                name,
                profile,
                default_role,
                former_default_role,
                scim,
                provider,
                audit_keep: audit_retention,
                inviting: inviting.of_new(),
                brake: braking.of_new(),
                created,
                disabled: None,
                reopened: None,
                values_until: None,
                silent_after,
            };
            let storage = installation.prepare().await?;
            match owner {
                Some(owner) => {
                    let id = storage.found_organisation(By::operator(), new.clone(), owner).await?;
                    show(&new, json)?;
                    links::print(&storage, installation, new.tenant, id, print_link).await
                }
                None => {
                    storage.create_organisation(By::operator(), new.clone()).await?;
                    show(&new, json)
                }
            }
        }
        Command::Update {
            org,
            slug,
            name,
            profile,
            default_role,
            unique_external_id,
            scim,
            audit_retention,
            silent_after,
            keep_values,
            inviting,
            braking,
            prepared,
        } => {
            let provider = profile.as_ref().map(IdentityProvider::of);
            let InvitingArguments { invitations, invitation_days, inviters, inviters_note } = inviting;
            let change = OrganisationChange {
                slug,
                name,
                profile,
                default_role,
                unique_external_id,
                scim,
                provider,
                audit_keep: audit_retention,
                invitations,
                invitation_days,
                inviters,
                inviters_note: inviters_note.map(|note| note.0),
                brake: braking.brake,
                brake_least: braking.brake_least,
                brake_percent: braking.brake_percent,
                silent_after,
                keep_values,
            };
            let storage = match change.may_make_unique() {
                // the schemas decide which values are equal
                true => {
                    storage::open(
                        &installation.database(),
                        &installation.pooling()?,
                        Some(&installation.schemas(&prepared)?),
                    )
                    .await?
                }
                false => installation.open().await?,
            };
            show(&storage.update_organisation(By::operator(), org, change).await?, prepared.json)
        }
        Command::List { deleted: true, json } => ending::list(installation, json).await,
        Command::List { json, .. } => list(&installation.open().await?.organisations().await?, json),
        Command::Show { slug, json } => show(&installation.open().await?.organisation(&slug).await?, json),
        Command::Disable(asked) => ending::disable(asked, installation).await,
        Command::Enable { slug, json } => ending::enable(slug, json, installation).await,
        Command::Delete(asked) => ending::delete(asked, installation).await,
    }
}

fn switch(text: &str) -> Result<bool, String> {
    text.parse::<Switch>().map(|switch| switch.0)
}

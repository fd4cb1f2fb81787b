//! The one list of what an office does. Every sweep takes its operations from here: crashes, failing calls
//! and kills.
//!
//! A later feature joins all of them with one line in [`for_each_operation`] and one arm in
//! [`Operation::deed`], without which nothing compiles.

use serde::{Deserialize, Serialize};

use super::backups;
use super::deeds::{self, Deed, deed};
use super::records;

/// Gives `make!` the whole list: the name of each operation, and that of its tests.
macro_rules! for_each_operation {
    ($make:ident) => {
        $make! {
            Add add,
            AddThatFolds add_that_folds,
            AddElsewhere add_to_another_group,
            AddNextMonth add_in_a_new_month_of_the_access_log,
            Edit edit,
            Erase erasure,
            Hold hold,
            ReviewDone review,
            Lookup lookup,
            Checkpoint checkpoint,
            ImportFew import_that_is_one_record,
            ImportMany import_that_makes_a_new_base,
            Verify verify,
            CreateGroup creation_of_a_group,
            RekeyGroup rekey_of_a_group,
            AddStaff enrolment,
            Grant grant,
            Revoke revocation,
            ResetStaff reset_of_a_clerk,
            RemoveStaff removal_that_rekeys_two_groups,
            NewPassphrase change_of_a_passphrase,
            NewIdentity change_of_an_identity,
            Recover recovery,
            Note note_about_somebody,
            SetPolicy change_of_the_policy,
            SetAgreement change_of_the_agreement,
            SignAgreement signing_of_the_agreement,
            ExportLog export_of_the_access_log,
            VerifyLog verification_of_the_access_log,
            EnrollMedium enrolment_of_a_medium,
            BackUp first_backup_on_a_medium,
            BackUpAgain backup_that_goes_on_from_another,
            PruneBackups removal_of_an_old_backup,
            AddDocument document_added,
            RemoveDocument document_removed,
            RekeyDocuments rekey_of_a_group_with_documents,
        }
    };
}
pub(crate) use for_each_operation;

macro_rules! make_operations {
    ($($operation:ident $test:ident,)*) => {
        /// Something that an office does: one program, from the passphrase to the answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Operation { $($operation),* }

        impl Operation {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$operation),*];
        }
    };
}
for_each_operation!(make_operations);

/// Two groups with a customer each.
const GROUPS: &[Operation] = &[Operation::CreateGroup, Operation::AddElsewhere];
/// The same, and a clerk who may open both.
const STAFFED: &[Operation] = &[Operation::CreateGroup, Operation::AddElsewhere, Operation::AddStaff];

impl Operation {
    /// What it needs beforehand, what the store holds once it has happened, and how it is done.
    pub(super) fn deed(self) -> Deed {
        match self {
            Self::Add => deed(2, &[], deeds::one_more, deeds::add),
            // A log of 32 records: one more, and it is folded.
            Self::AddThatFolds => deed(32, &[], deeds::one_more, deeds::add),
            Self::AddElsewhere => {
                deed(1, &[Self::CreateGroup], deeds::one_more_elsewhere, deeds::add_elsewhere)
            }
            Self::AddNextMonth => deed(1, &[], deeds::one_more, deeds::add_next_month),
            Self::Edit => deed(2, &[], deeds::another_city, deeds::edit),
            Self::Erase => deed(2, &[Self::AddDocument], records::one_less, records::erase),
            Self::Hold => deed(2, &[], records::held_or_not, records::hold),
            Self::ReviewDone => deed(2, &[], records::one_reviewed, records::review),
            Self::Lookup => deed(2, &[], deeds::nothing, deeds::look_up),
            Self::Checkpoint => deed(3, &[], deeds::nothing, deeds::checkpoint),
            Self::ImportFew => deed(2, &[], deeds::few_more, deeds::import_few),
            Self::ImportMany => deed(2, &[], deeds::many_more, deeds::import_many),
            Self::Verify => deed(2, &[], deeds::nothing, deeds::verify),
            Self::CreateGroup => deed(1, &[], deeds::another_group, deeds::create_group),
            Self::RekeyGroup => deed(1, STAFFED, deeds::rekeyed_group, deeds::rekey_group),
            Self::AddStaff => deed(1, GROUPS, deeds::another_clerk, deeds::add_staff),
            // To a group that was made after the clerk was enrolled.
            Self::Grant => deed(1, &[Self::AddStaff, Self::CreateGroup], deeds::one_more_grant, deeds::grant),
            Self::Revoke => deed(1, STAFFED, deeds::one_grant_less, deeds::revoke),
            Self::ResetStaff => deed(1, STAFFED, deeds::clerks_new_identity, deeds::reset),
            Self::RemoveStaff => deed(1, STAFFED, deeds::no_clerk, deeds::remove_staff),
            Self::NewPassphrase => deed(1, &[], deeds::another_passphrase, deeds::change_passphrase),
            Self::NewIdentity => deed(1, STAFFED, deeds::owners_new_identity, deeds::new_identity),
            Self::Recover => deed(1, STAFFED, deeds::owners_new_identity_and_sheet, deeds::recover),
            Self::Note => deed(1, &[Self::AddStaff], deeds::one_more_note, deeds::note),
            Self::SetPolicy => deed(1, &[], deeds::another_policy, deeds::set_policy),
            Self::SetAgreement => deed(1, &[Self::AddStaff], deeds::another_agreement, deeds::set_agreement),
            Self::SignAgreement => deed(1, &[Self::SetAgreement], deeds::signed, deeds::sign_agreement),
            Self::ExportLog => deed(1, &[], deeds::exported, deeds::export_log),
            Self::VerifyLog => deed(1, &[], deeds::nothing, deeds::verify_log),
            Self::EnrollMedium => deed(1, &[], backups::enrolled_medium, backups::enroll_medium),
            Self::BackUp => deed(1, &[Self::EnrollMedium], backups::perhaps_a_snapshot, backups::back_up),
            Self::BackUpAgain => deed(1, &[Self::BackUp], backups::perhaps_a_snapshot, backups::back_up),
            Self::PruneBackups => {
                deed(1, &[Self::BackUpAgain], backups::only_the_newest_snapshot, backups::prune_snapshots)
            }
            Self::AddDocument => deed(1, &[], deeds::one_more_document, deeds::add_document),
            Self::RemoveDocument => {
                deed(1, &[Self::AddDocument], deeds::one_document_less, deeds::remove_document)
            }
            Self::RekeyDocuments => deed(1, &[Self::AddDocument], deeds::rekeyed_group, deeds::rekey_group),
        }
    }

    /// The operations that must have been carried out before it.
    pub fn needs(self) -> &'static [Self] {
        self.deed().before
    }
}

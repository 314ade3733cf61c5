//! What to do about an object that is not served, in the words of the one who saved it: first the object, then why, then a way.

use crate::model_file::pickle::ClassKind;

/// A transformer whose formula svcd does not know.
pub(super) fn unread_transformer(what: &str) -> String {
    format!("the `{what}` is a transformer that svcd does not apply: transform the rows before you send them")
}

/// Why an object of this class is no model that is served, and what to do.
pub(super) fn not_served(class: &str, kind: ClassKind) -> &'static str {
    match class {
        "LabelEncoder" | "LabelBinarizer" | "MultiLabelBinarizer" => {
            "it holds labels, but no model; give the SVM's file too"
        }
        "VotingClassifier" | "BaggingClassifier" | "StackingClassifier" | "AdaBoostClassifier" => {
            "it combines the answers of several estimators, which svcd does not do; save the SVM inside it if that \
             one's answers are enough"
        }
        _ if kind == ClassKind::Transformer => "it is not an SVM; give the SVM's file too, or save a Pipeline of both",
        _ => {
            "svcd serves scikit-learn's SVMs and SGDClassifier, alone or inside a Pipeline, a search, a CalibratedClassifierCV, a \
             OneVsRestClassifier or a OneVsOneClassifier"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_depends_on_the_class() {
        let advice = |class| not_served(class, ClassKind::OtherEstimator);
        assert_eq!(advice("VotingClassifier"), advice("BaggingClassifier"));
        assert!(advice("VotingClassifier").contains("save the SVM inside it"));
        assert!(advice("RandomForestClassifier").starts_with("svcd serves scikit-learn's SVMs and SGDClassifier"));
        assert!(not_served("OneHotEncoder", ClassKind::Transformer).contains("give the SVM's file too"));
    }
}

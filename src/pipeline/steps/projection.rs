//! scikit-learn's other linear maps: what `IncrementalPCA`, `TruncatedSVD` and `LinearDiscriminantAnalysis` make of a row is what a
//! [`Pca`] makes of it.

use serde::{Deserialize, Serialize};

use super::pca::{PartNames, Pca};
use super::transform::Transform;
use crate::pipeline::Error;

/// A fitted linear map that is no `PCA`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Which of scikit-learn's classes it was.
    pub kind: ProjectionKind,
    /// What it does; without a mean, that of zeros is taken off.
    pub map: Pca,
}

/// A class of scikit-learn's that projects rows.
// The order is part of model.bin: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProjectionKind {
    /// `IncrementalPCA`
    IncrementalPca,
    /// `TruncatedSVD`
    TruncatedSvd,
    /// `LinearDiscriminantAnalysis`
    Lda,
}

impl ProjectionKind {
    fn part_names(self) -> &'static PartNames {
        match self {
            ProjectionKind::IncrementalPca => &PartNames {
                n_features_in: "IncrementalPCA.n_features_in",
                components: "IncrementalPCA.components",
                mean: "IncrementalPCA.mean",
                mean_product: "IncrementalPCA.mean_product",
                scale: "IncrementalPCA.explained_variance",
            },
            ProjectionKind::TruncatedSvd => &PartNames {
                n_features_in: "TruncatedSVD.n_features_in",
                components: "TruncatedSVD.components",
                mean: "TruncatedSVD.mean",
                mean_product: "TruncatedSVD.mean_product",
                scale: "TruncatedSVD.explained_variance",
            },
            ProjectionKind::Lda => &PartNames {
                n_features_in: "LinearDiscriminantAnalysis.n_features_in",
                components: "LinearDiscriminantAnalysis.scalings",
                mean: "LinearDiscriminantAnalysis.xbar",
                mean_product: "LinearDiscriminantAnalysis.mean_product",
                scale: "LinearDiscriminantAnalysis.explained_variance",
            },
        }
    }
}

impl Transform for Projection {
    fn name(&self) -> &'static str {
        match self.kind {
            ProjectionKind::IncrementalPca => "IncrementalPCA",
            ProjectionKind::TruncatedSvd => "TruncatedSVD",
            ProjectionKind::Lda => "LinearDiscriminantAnalysis",
        }
    }

    fn width_in(&self) -> usize {
        self.map.width_in()
    }

    fn width_out(&self) -> usize {
        self.map.width_out()
    }

    fn apply(&self, rows: &[f64], output: &mut Vec<f64>) {
        self.map.apply(rows, output);
    }

    /// As of a [`Pca`]; the directions of an `LDA` are not at right angles to each other, so that its rows come back but roughly.
    fn undo(&self, output: &[f64], input: &mut Vec<f64>) {
        self.map.undo(output, input);
    }

    /// As of a [`Pca`].
    fn check(&self, width: usize) -> Result<(), Error> {
        self.map.check_as(self.kind.part_names(), width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of two features to one number.
    fn projection(kind: ProjectionKind, components: [f64; 2], mean: [f64; 2]) -> Projection {
        let (components, mean) = (components.to_vec(), mean.to_vec());
        let map = Pca { n_features_in: 2, n_components: 1, components, mean, mean_product: None, scale: None };
        Projection { kind, map }
    }

    #[test]
    fn a_row_is_seen_along_one_direction() {
        let lda = projection(ProjectionKind::Lda, [1.399_975_111_774_795_4, -0.223_996_017_883_967_3], [3.5, 3.5]);
        let mut output = vec![];
        lda.apply(&[2.5, 4.0, 3.5, 3.5], &mut output);
        assert_eq!(output, [-1.511_973_120_716_779, 0.0]);
        assert_eq!((lda.name(), lda.width_in(), lda.width_out()), ("LinearDiscriminantAnalysis", 2, 1));
    }

    #[test]
    fn its_parts_are_named_as_scikit_learn_names_them() {
        let refusal = |kind, width| projection(kind, [f64::NAN, 0.0], [0.0; 2]).check(width).unwrap_err().to_string();
        for (kind, name) in [
            (ProjectionKind::Lda, "LinearDiscriminantAnalysis.scalings"),
            (ProjectionKind::TruncatedSvd, "TruncatedSVD.components"),
            (ProjectionKind::IncrementalPca, "IncrementalPCA.components"),
        ] {
            assert_eq!(refusal(kind, 2), format!("`{name}`: expected finite numbers, found NaN at index 0"));
            let class = name.split_once('.').unwrap().0;
            assert_eq!(refusal(kind, 3), format!("`{class}.n_features_in`: expected 3 features, found 2"));
        }
    }
}

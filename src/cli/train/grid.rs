//! `--grid`: values to try, in the order of scikit-learn's `ParameterGrid`.

use super::recipe::{GammaRule, KernelChoice, Recipe};

/// A parameter with the values to try.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GridAxis {
    /// As it is typed.
    pub name: String,
    values: Vec<Trial>,
}

/// A value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Trial {
    C(f64),
    Gamma(GammaRule),
    Kernel(KernelChoice),
    Degree(u32),
    Coef0(f64),
    Nu(f64),
    Epsilon(f64),
}

/// Combinations, at most.
const TRIALS_MAX: usize = 10_000;

/// Reads `C=0.1,1,10 gamma=scale,0.01`.
pub(super) fn parse(text: &str) -> Option<Vec<GridAxis>> {
    let mut axes = Vec::new();
    for word in text.split_whitespace() {
        let (name, values) = word.split_once('=')?;
        let values = values.split(',').map(|value| trial(name, value)).collect::<Option<Vec<_>>>()?;
        axes.push(GridAxis { name: name.to_owned(), values });
    }
    axes.sort_by(|a, b| a.name.cmp(&b.name));
    let is_repeated = axes.windows(2).any(|pair| matches!(pair, [a, b] if a.name == b.name));
    let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.values.len()))?;
    (!axes.is_empty() && !is_repeated && count <= TRIALS_MAX).then_some(axes)
}

fn trial(name: &str, value: &str) -> Option<Trial> {
    let number =
        |is_right: fn(f64) -> bool| value.parse::<f64>().ok().filter(|number| number.is_finite() && is_right(*number));
    Some(match name {
        "C" => Trial::C(number(|c| c > 0.0)?),
        "gamma" => Trial::Gamma(GammaRule::parse(value)?),
        "kernel" => Trial::Kernel(KernelChoice::WORDS.iter().find(|(word, _)| *word == value)?.1),
        "degree" => Trial::Degree(value.parse().ok()?),
        "coef0" => Trial::Coef0(number(|_| true)?),
        "nu" => Trial::Nu(number(|nu| nu > 0.0 && nu <= 1.0)?),
        "epsilon" => Trial::Epsilon(number(|epsilon| epsilon >= 0.0)?),
        _ => return None,
    })
}

/// All combinations, the last parameter changing fastest, each with what it is called.
pub(super) fn recipes(base: &Recipe, axes: &[GridAxis]) -> Vec<(String, Recipe)> {
    let mut recipes = vec![(String::new(), base.clone())];
    for axis in axes {
        let with = |(name, recipe): &(String, Recipe)| {
            let (name, recipe) = (name.clone(), recipe.clone());
            axis.values.iter().map(move |trial| {
                let mut recipe = recipe.clone();
                let value = trial.apply(&mut recipe);
                (format!("{name}{}{}={value}", if name.is_empty() { "" } else { " " }, axis.name), recipe)
            })
        };
        recipes = recipes.iter().flat_map(with).collect();
    }
    recipes
}

impl Trial {
    /// Puts the value in, and gives it as it is typed.
    fn apply(self, recipe: &mut Recipe) -> String {
        match self {
            Trial::C(c) => recipe.c = c,
            Trial::Gamma(gamma) => recipe.gamma = gamma,
            Trial::Kernel(kernel) => recipe.kernel = kernel,
            Trial::Degree(degree) => recipe.degree = degree,
            Trial::Coef0(coef0) => recipe.coef0 = coef0,
            Trial::Nu(nu) => recipe.nu = nu,
            Trial::Epsilon(epsilon) => recipe.epsilon = epsilon,
        }
        match self {
            Trial::C(value) | Trial::Coef0(value) | Trial::Nu(value) | Trial::Epsilon(value) => value.to_string(),
            Trial::Gamma(gamma) => gamma.to_string(),
            Trial::Kernel(kernel) => kernel.word().to_owned(),
            Trial::Degree(degree) => degree.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_sorted_and_the_last_one_changes_fastest() {
        let axes = parse("gamma=scale,0.01  C=0.1,1").unwrap();
        assert!(axes.iter().map(|axis| axis.name.as_str()).eq(["C", "gamma"]));
        let names: Vec<_> = recipes(&Recipe::default(), &axes).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["C=0.1 gamma=scale", "C=0.1 gamma=0.01", "C=1 gamma=scale", "C=1 gamma=0.01"]);
        let (_, recipe) = recipes(&Recipe::default(), &axes).remove(3);
        assert_eq!((recipe.c, recipe.gamma), (1.0, GammaRule::Number(0.01)));
        for wrong in ["", "C", "C=", "C=0", "gamma=-1", "x=1", "C=1 C=2", "nu=2", "kernel=tree", "C=1,,2"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}

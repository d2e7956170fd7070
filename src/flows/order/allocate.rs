//! Splits an amount into parts that add up to it exactly, by largest remainder.

use crate::money::{Error, Money};

/// One part per weight, in proportion; without any weight the first part takes all.
///
/// Equal remainders go to the earlier part, so the same input always gives the same parts.
pub(super) fn allocate(total: Money, weights: &[Money]) -> Result<Vec<Money>, Error> {
    let sum: i128 = weights.iter().map(|weight| i128::from(weight.minor)).sum();
    let mut parts = vec![total.currency.money(0); weights.len()];
    if sum == 0 {
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return Ok(parts);
    }
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = i128::from(total.minor);
    for (index, weight) in weights.iter().enumerate() {
        let product = i128::from(total.minor) * i128::from(weight.minor);
        let part = product.div_euclid(sum);
        remainders.push((product.rem_euclid(sum), index));
        left -= part;
        parts[index].minor = i64::try_from(part).map_err(|_| Error::TooLarge)?;
    }
    remainders.sort_by_key(|(remainder, index)| (-remainder, *index));
    for (_, index) in remainders {
        if left <= 0 {
            break;
        }
        parts[index].minor += 1;
        left -= 1;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(total: i64, weights: &[i64]) -> Vec<i64> {
        let usd: crate::money::Currency = "USD".parse().unwrap();
        let weights: Vec<Money> = weights.iter().map(|w| usd.money(*w)).collect();
        let parts = allocate(usd.money(total), &weights).unwrap();
        parts.into_iter().map(|part| part.minor).collect()
    }

    #[test]
    fn the_odd_cent_goes_to_the_largest_remainder_and_then_to_the_earlier_part() {
        assert_eq!(minor(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(minor(10, &[1, 2]), [3, 7]);
        assert_eq!(minor(5, &[0, 10, 0]), [0, 5, 0]);
        assert_eq!(minor(7, &[0, 0]), [7, 0]);
        assert_eq!(minor(-100, &[1, 1, 1]).iter().sum::<i64>(), -100);
    }
}

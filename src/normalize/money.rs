//! The money of a row under every basis, computed from the bill's own columns only where the row's type needs them.
//!
//! In: a raw batch. Out: amounts in units of 10^-12, row by row. The formulas are those of [`super::line_type`]; a column
//! of doubles is turned into decimals value by value, so that what no formula reads costs nothing.

use arrow::{
    array::{Array, AsArray, Decimal128Array, Float64Array},
    compute::cast,
    datatypes::{DataType, Decimal128Type, Float64Type, i256},
};

use super::{
    fields::{Field, spelling},
    line_type::{Amounts, LineType, Marks, amortized, is_upfront},
    number::scaled_from_f64,
    raw::RawBatch,
};
use crate::{
    error::{Error, Result},
    units::{PRECISION, SCALE},
};

/// A column of amounts, or its absence.
pub(crate) enum AmountColumn {
    Absent,
    Doubles { values: Float64Array, name: String },
    Scaled(Decimal128Array),
}

impl AmountColumn {
    /// Reads the column of a field.
    ///
    /// # Errors
    /// When its type cannot hold amounts.
    pub(crate) fn read(raw: &RawBatch<'_>, field: Field, file: &str) -> Result<Self> {
        let Some((column, name)) = raw.column(field) else { return Ok(Self::Absent) };
        let name = format!("{file}: {name}");
        Ok(match column.data_type() {
            DataType::Decimal128(_, scale) if *scale >= 0 => {
                let scale = i8::try_from(SCALE).unwrap_or(i8::MAX);
                let wide = cast(column, &DataType::Decimal128(PRECISION, scale))?;
                Self::Scaled(wide.as_primitive::<Decimal128Type>().clone())
            }
            DataType::Float64 => Self::Doubles { values: column.as_primitive::<Float64Type>().clone(), name },
            _ => {
                let doubles = cast(column, &DataType::Float64)?;
                Self::Doubles { values: doubles.as_primitive::<Float64Type>().clone(), name }
            }
        })
    }

    /// Tells whether the file has the column.
    pub(crate) fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    /// Returns the amount of a row in units of 10^-12.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Result<Option<i128>> {
        match self {
            Self::Absent => Ok(None),
            Self::Doubles { values, name } => {
                if values.is_null(row) {
                    return Ok(None);
                }
                let value = values.value(row);
                match scaled_from_f64(value) {
                    Some(scaled) => Ok(Some(scaled)),
                    None => Err(not_an_amount(name, value, row)),
                }
            }
            Self::Scaled(values) => Ok((!values.is_null(row)).then(|| values.value(row))),
        }
    }
}

#[cold]
fn not_an_amount(name: &str, value: f64, row: usize) -> Error {
    Error::incomplete(format!("{name} is {value} in row {row} of a batch: not an amount of money or usage"))
}

/// The money of one row, in units of 10^-12; `None` where the bill has no such cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the cost columns of line_items under their own names")]
pub struct RowMoney {
    pub unblended: i128,
    pub amortized: i128,
    pub net_unblended: Option<i128>,
    pub net_amortized: Option<i128>,
    pub list: Option<i128>,
    /// Unblended cost that pays for a commitment up front, or gives such a payment back.
    pub upfront: i128,
    /// Share of earlier upfront payments in the amortised cost, as the bill itself states it on
    /// fee rows; 0 on all others.
    pub amortized_upfront: Option<i128>,
}

/// The columns that the formulas of a batch read.
pub(crate) struct Money<'a> {
    file: &'a str,
    unblended: AmountColumn,
    list: AmountColumn,
    ri_effective: AmountColumn,
    ri_unused_upfront: AmountColumn,
    ri_unused_recurring: AmountColumn,
    sp_effective: AmountColumn,
    sp_commitment: AmountColumn,
    sp_used: AmountColumn,
    ri_upfront: AmountColumn,
    sp_upfront: AmountColumn,
    effective: AmountColumn,
    net: Option<Net>,
}

/// The net columns; each falls back to its gross twin where it is absent.
struct Net {
    unblended: AmountColumn,
    ri_effective: AmountColumn,
    ri_unused_upfront: AmountColumn,
    ri_unused_recurring: AmountColumn,
    sp_effective: AmountColumn,
    sp_recurring: AmountColumn,
    sp_upfront: AmountColumn,
    sp_net_recurring: AmountColumn,
    sp_net_upfront: AmountColumn,
}

impl<'a> Money<'a> {
    /// Reads the columns; `file` is named in messages.
    pub(crate) fn read(raw: &RawBatch<'_>, file: &'a str) -> Result<Self> {
        let column = |field| AmountColumn::read(raw, field, file);
        let unblended = column(Field::NetUnblended)?;
        let net = if unblended.is_present() {
            Some(Net {
                unblended,
                ri_effective: column(Field::RiNetEffective)?,
                ri_unused_upfront: column(Field::RiNetUnusedUpfront)?,
                ri_unused_recurring: column(Field::RiNetUnusedRecurring)?,
                sp_effective: column(Field::SpNetEffective)?,
                sp_recurring: column(Field::SpRecurring)?,
                sp_upfront: column(Field::SpUpfront)?,
                sp_net_recurring: column(Field::SpNetRecurring)?,
                sp_net_upfront: column(Field::SpNetUpfront)?,
            })
        } else {
            None
        };
        Ok(Self {
            file,
            unblended: column(Field::Unblended)?,
            list: column(Field::ListCost)?,
            ri_effective: column(Field::RiEffective)?,
            ri_unused_upfront: column(Field::RiUnusedUpfront)?,
            ri_unused_recurring: column(Field::RiUnusedRecurring)?,
            sp_effective: column(Field::SpEffective)?,
            sp_commitment: column(Field::SpCommitment)?,
            sp_used: column(Field::SpUsed)?,
            ri_upfront: column(Field::RiUpfront)?,
            sp_upfront: column(Field::SpUpfront)?,
            effective: column(Field::Effective)?,
            net,
        })
    }

    /// Returns the money of a row under every basis.
    #[inline]
    pub(crate) fn row(&self, row: usize, line_type: LineType, marks: Marks) -> Result<RowMoney> {
        let gross = self.gross(row, line_type)?;
        let (net_unblended, net_amortized) = match &self.net {
            None => (None, None),
            Some(net) => match net.row(row, line_type, &gross)? {
                None => (None, None),
                Some(amounts) => (Some(amounts.unblended), Some(amortized(line_type, &amounts, marks))),
            },
        };
        Ok(RowMoney {
            unblended: gross.unblended,
            amortized: amortized(line_type, &gross, marks),
            net_unblended,
            net_amortized,
            list: self.list(row, line_type)?,
            upfront: if is_upfront(line_type, marks) { gross.unblended } else { 0 },
            amortized_upfront: self.upfront_share(row, line_type)?,
        })
    }

    /// Returns the public cost; a negation repeats that of the usage it takes back, so it counts as 0.
    #[inline]
    pub(crate) fn list(&self, row: usize, line_type: LineType) -> Result<Option<i128>> {
        if line_type == LineType::SavingsPlanNegation { Ok(Some(0)) } else { self.list.get(row) }
    }

    /// Returns the share of earlier upfront payments that a fee row carries into its month.
    ///
    /// It comes from columns that the amortised formula does not read, so that a proof of the bill rests on two sources. An
    /// empty value says that nothing was paid up front; a column that is not there says nothing.
    #[inline]
    pub(crate) fn upfront_share(&self, row: usize, line_type: LineType) -> Result<Option<i128>> {
        let column = match line_type {
            LineType::RiFee => &self.ri_upfront,
            LineType::SavingsPlanRecurringFee => &self.sp_upfront,
            _ => return Ok(Some(0)),
        };
        if column.is_present() { Ok(Some(column.get(row)?.unwrap_or(0))) } else { Ok(None) }
    }

    /// Reads what the amortised formula of the type needs.
    #[inline]
    fn gross(&self, row: usize, line_type: LineType) -> Result<Amounts> {
        let mut amounts = Amounts {
            unblended: self.unblended.get(row)?.unwrap_or(0),
            effective: self.effective.get(row)?,
            ..Amounts::default()
        };
        if amounts.effective.is_some() {
            return Ok(amounts);
        }
        match line_type {
            LineType::DiscountedUsage => {
                amounts.ri_effective = self.needed(&self.ri_effective, Field::RiEffective, row, line_type)?;
            }
            LineType::RiFee => {
                amounts.ri_unused_upfront = self.ri_unused_upfront.get(row)?;
                amounts.ri_unused_recurring = self.ri_unused_recurring.get(row)?;
            }
            LineType::SavingsPlanCoveredUsage => {
                amounts.sp_effective = self.needed(&self.sp_effective, Field::SpEffective, row, line_type)?;
            }
            LineType::SavingsPlanRecurringFee => {
                amounts.sp_commitment = self.needed(&self.sp_commitment, Field::SpCommitment, row, line_type)?;
                amounts.sp_used = self.needed(&self.sp_used, Field::SpUsed, row, line_type)?;
            }
            _ => {}
        }
        Ok(amounts)
    }

    /// Reads an amount; a commitment row without its commitment column cannot be amortised.
    fn needed(&self, column: &AmountColumn, field: Field, row: usize, line_type: LineType) -> Result<Option<i128>> {
        if column.is_present() {
            return column.get(row);
        }
        Err(Error::incomplete(format!(
            "{}: has {line_type:?} rows but no column {}: their amortised cost is unknown",
            self.file,
            spelling(field).columns[0]
        ))
        .hint("add the column to the export and ask AWS to deliver the month again"))
    }
}

impl Net {
    /// Returns the net amounts of a row; `None` when the bill has no net cost for it.
    fn row(&self, row: usize, line_type: LineType, gross: &Amounts) -> Result<Option<Amounts>> {
        let Some(unblended) = self.unblended.get(row)? else { return Ok(None) };
        let mut net = Amounts { unblended, effective: None, ..*gross };
        match line_type {
            LineType::DiscountedUsage => net.ri_effective = self.ri_effective.get(row)?.or(gross.ri_effective),
            LineType::RiFee => {
                net.ri_unused_upfront = self.ri_unused_upfront.get(row)?.or(gross.ri_unused_upfront);
                net.ri_unused_recurring = self.ri_unused_recurring.get(row)?.or(gross.ri_unused_recurring);
            }
            LineType::SavingsPlanCoveredUsage => net.sp_effective = self.sp_effective.get(row)?.or(gross.sp_effective),
            LineType::SavingsPlanRecurringFee => self.scale_commitment(row, &mut net, gross)?,
            _ => {}
        }
        Ok(Some(net))
    }

    /// Takes the commitment after discounts; the share of it that was used shrinks in the same proportion.
    fn scale_commitment(&self, row: usize, net: &mut Amounts, gross: &Amounts) -> Result<()> {
        let gross_fee = self.sp_recurring.get(row)?.unwrap_or(0) + self.sp_upfront.get(row)?.unwrap_or(0);
        let net_fee = match (self.sp_net_recurring.get(row)?, self.sp_net_upfront.get(row)?) {
            (None, None) => gross_fee,
            (recurring, upfront) => recurring.unwrap_or(0) + upfront.unwrap_or(0),
        };
        if gross_fee != 0 {
            let scaled = |amount: Option<i128>| amount.map(|amount| scaled_by(amount, net_fee, gross_fee)).transpose();
            net.sp_commitment = scaled(gross.sp_commitment)?;
            net.sp_used = scaled(gross.sp_used)?;
        }
        Ok(())
    }
}

/// Returns amount × part ÷ whole, rounded half away from zero.
fn scaled_by(amount: i128, part: i128, whole: i128) -> Result<i128> {
    let wide = |number: i128| i256::from_i128(number.abs());
    let sum = wide(amount).wrapping_mul(wide(part)).wrapping_add(wide(whole / 2));
    let magnitude = sum.checked_div(wide(whole)).and_then(i256::to_i128);
    let magnitude = magnitude.ok_or_else(|| Error::incomplete("a net commitment fee is out of range"))?;
    Ok(magnitude * amount.signum() * part.signum() * whole.signum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_large_commitments_stay_exact() {
        assert_eq!(scaled_by(100, 3, 4).unwrap(), 75);
        assert_eq!(scaled_by(-1, 1, 2).unwrap(), -1);
        assert_eq!(scaled_by(10, 0, 7).unwrap(), 0);
        // 100 million dollars of a fee of 200 million that discounts bring to 150 million.
        let million = 10_i128.pow(18);
        assert_eq!(scaled_by(100 * million, 150 * million, 200 * million).unwrap(), 75 * million);
    }
}

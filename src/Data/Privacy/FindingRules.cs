using System.Globalization;

namespace Rondo.Data;

/// <summary>When what was counted is worth telling.</summary>
internal static class FindingRules
{
    private const double HintedShareMin = 0.2;
    private const double PassingShareMin = 0.9;
    private const double HintedPassingShareMin = 0.5;
    private const double NamesShareMin = 0.3;
    private const double Few = 0.05;

    public static PersonalDataFinding? Of(string column, long values, ValueTally tally, ColumnHints hints)
    {
        if (tally.Matches == 0)
        {
            return null;
        }

        var hinted = hints.Has(tally.Test.Kind);
        return tally.Test.Check is { } check
            ? Checked(column, values, tally, (check.Name, check.Chance, hinted))
            : ByForm(column, values, tally, hinted);
    }

    /// <summary>A column that may hold names of people does where many of its values begin with a frequent given name.</summary>
    public static PersonalDataFinding? OfNames(string column, long values, ValueTally tally, ColumnHints hints) =>
        !hints.MayBeName || tally.Different.Matches < 3 || tally.Matches < NamesShareMin * values
            ? null
            : new PersonalDataFinding(
                column,
                PersonalDataKind.PersonName,
                values,
                tally.Matches,
                PersonalDataConfidence.Medium,
                Words(
                    $"{tally.Matches} of {values} begin with a frequent given name, and the column is called '{column}'"
                ),
                tally.Examples
            );

    // How many different values pass is held against chance: one number that comes a thousand times proves no more than one.
    private static PersonalDataFinding? Checked(
        string column,
        long values,
        ValueTally tally,
        (string Name, double Chance, bool Hinted) check
    )
    {
        var (different, passing) = tally.Different;
        var byChance = BinomialLaw.Cdf(different - passing, different, 1 - check.Chance);
        var enough = check.Hinted
            ? passing >= HintedPassingShareMin * different
            : passing >= PassingShareMin * different && byChance <= tally.Test.ChanceMax;
        if (!enough)
        {
            return null;
        }

        var confidence =
            byChance <= 1e-4 && tally.Matches >= Few * values ? PersonalDataConfidence.High
            : check.Hinted || byChance <= 1e-3 ? PersonalDataConfidence.Medium
            : PersonalDataConfidence.Low;
        var sample = different == tally.Candidates ? "" : Words($" ({different} different ones looked at)");
        return new PersonalDataFinding(
            column,
            tally.Test.Kind,
            values,
            tally.Matches,
            confidence,
            Words(
                $"{tally.Matches} of {tally.Candidates} that have the form of {tally.Test.What} pass the {check.Name} check{sample}; by chance {ChanceOf(byChance)}"
            ),
            tally.Examples
        );
    }

    private static PersonalDataFinding? ByForm(string column, long values, ValueTally tally, bool hinted)
    {
        var share = (double)tally.Matches / values;
        var least =
            tally.Test.NeedsHint ? HintedShareMin
            : hinted ? Math.Min(HintedShareMin, tally.Test.ShareMin)
            : tally.Test.ShareMin;
        if (share < least)
        {
            return null;
        }

        var confidence =
            share < Few ? PersonalDataConfidence.Low
            : tally.Test.NeedsHint || share < 0.5 || (tally.Test.ShareMin >= 0.3 && !hinted)
                ? PersonalDataConfidence.Medium
            : PersonalDataConfidence.High;
        var name = hinted ? $", and the column is called '{column}'" : "";
        return new PersonalDataFinding(
            column,
            tally.Test.Kind,
            values,
            tally.Matches,
            confidence,
            Words($"{tally.Matches} of {values} are or hold {tally.Test.What}{name}"),
            tally.Examples
        );
    }

    private static string ChanceOf(double probability) =>
        probability < 1e-6 ? "less than one in a million" : probability.ToString("G2", CultureInfo.InvariantCulture);

    private static string Words(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace Rondo.Data;

/// <summary>Looks at the values of one column.</summary>
internal sealed class ColumnScan
{
    // Shorter numbers are no card, number of a person or telephone.
    private const long NumberMin = 1_000_000;
    private const double WholeMax = 9_007_199_254_740_991;

    private static readonly IReadOnlyList<ValueTest> s_tests =
    [
        .. AccountNumbers.All,
        .. NationalIds.All,
        .. Contacts.All,
        .. People.All,
        .. Secrets.All,
    ];

    private readonly string _name;
    private readonly ColumnHints _hints;
    private readonly List<ValueTally> _tallies;
    private readonly List<ValueTally> _ofNumbers;
    private readonly List<ValueTally> _inTexts;
    private readonly ValueTally _givenNames = new(
        new ValueTest(PersonalDataKind.PersonName, "a frequent given name", _ => Verdict.No)
    );

    private long _values;

    public ColumnScan(string name)
    {
        _name = name;
        _hints = new ColumnHints(name);
        _tallies =
        [
            .. s_tests.Where(test => !test.NeedsHint || _hints.Has(test.Kind)).Select(test => new ValueTally(test)),
        ];
        _ofNumbers = [.. _tallies.Where(tally => tally.Test.OfNumbers)];
        _inTexts = [.. _tallies.Where(tally => tally.Test.InTexts)];
    }

    public void Add(Column column)
    {
        _values += column.Count - column.MissingCount;
        switch (column)
        {
            case Column<string> texts:
                foreach (var text in texts.Present())
                {
                    AddText(text);
                }

                break;
            case Column<long> whole:
                foreach (var value in whole.Present())
                {
                    AddNumber(value);
                }

                break;
            case Column<double> numbers:
                foreach (var value in numbers.Present())
                {
                    AddNumber(value);
                }

                break;
            case Column<DateOnly> or Column<DateTimeOffset> when _hints.Has(PersonalDataKind.BirthDate):
                for (var row = 0; row < column.Count; row++)
                {
                    if (!column.IsMissing(row))
                    {
                        Judge(_tallies, new ScannedText(TableConcat.TextOf(column[row])));
                    }
                }

                break;
        }
    }

    /// <summary>What the column holds, at most one finding of each kind.</summary>
    public IEnumerable<PersonalDataFinding> Finish()
    {
        var findings = _tallies
            .Select(tally => FindingRules.Of(_name, _values, tally, _hints))
            .Append(FindingRules.OfNames(_name, _values, _givenNames, _hints))
            .OfType<PersonalDataFinding>()
            .GroupBy(finding => finding.Kind)
            .Select(kind => kind.OrderByDescending(f => f.Confidence).ThenByDescending(f => f.Matches).First())
            .OrderBy(finding => finding.Kind)
            .ToList();
        // Digits that pass a check are what the check says, and not also a telephone number.
        var isChecked = findings.Exists(f =>
            f.Kind is PersonalDataKind.Iban or PersonalDataKind.PaymentCard or PersonalDataKind.NationalId
            && f.Confidence == PersonalDataConfidence.High
        );
        return findings.Where(f => !(isChecked && f.Kind == PersonalDataKind.Phone));
    }

    private void AddNumber(long value)
    {
        if (value >= NumberMin || (value > 0 && _hints.Has(PersonalDataKind.BirthDate)))
        {
            Judge(_ofNumbers, new ScannedText(value.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private void AddNumber(double value)
    {
        if (value >= NumberMin && value <= WholeMax && value == Math.Floor(value))
        {
            AddNumber((long)value);
        }
        else if (_hints.Has(PersonalDataKind.Position) && double.IsFinite(value))
        {
            Judge(_tallies, new ScannedText(value.ToString("R", CultureInfo.InvariantCulture)));
        }
    }

    private void AddText(string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        var value = new ScannedText(
            text.Length > PersonalDataScan.CharactersMax ? text[..PersonalDataScan.CharactersMax] : text
        );
        var found = Judge(_tallies, value);
        if (_hints.MayBeName)
        {
            _givenNames.Add(value.Text, People.BeginsWithGivenName(value.Text) ? Verdict.Passes : Verdict.No);
        }

        if (!found && TextPieces.MayHold(value.Text))
        {
            JudgePieces(value.Text);
        }
    }

    private static bool Judge(List<ValueTally> tallies, ScannedText value)
    {
        var found = false;
        foreach (var tally in tallies)
        {
            var verdict = tally.Test.Judge(value);
            tally.Add(value.Text, verdict);
            found |= verdict == Verdict.Passes;
        }

        return found;
    }

    // A text counts once for each test, however often it holds such a thing.
    private void JudgePieces(string text)
    {
        var pieces = TextPieces.Of(text).Select(piece => new ScannedText(piece)).ToList();
        foreach (var tally in _inTexts)
        {
            foreach (var piece in pieces)
            {
                if (tally.Test.Judge(piece) == Verdict.Passes)
                {
                    tally.Add(piece.Text, Verdict.Passes);
                    break;
                }
            }
        }
    }
}

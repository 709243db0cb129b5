namespace Rondo.Data;

/// <summary>A value of a column, by which rows are found.</summary>
/// <param name="Column">The column; case and underscores do not count.</param>
/// <param name="Value">The value as text. Numbers are equal where their values are; texts where they are without white space around them, and case counts.</param>
public sealed record ColumnValue(string Column, string Value)
{
    /// <summary>Reads <c>COLUMN=VALUE</c>; the value may have more of that sign.</summary>
    /// <exception cref="RondoException">There is no column or no value. The message does not repeat the value.</exception>
    public static ColumnValue Parse(string text)
    {
        var sign = text.IndexOf('=', StringComparison.Ordinal);
        return sign < 1
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                "It is not said which column has which value.",
                "Write COLUMN=VALUE, as in email=ada@example.org."
            )
            : new ColumnValue(text[..sign].Trim(), text[(sign + 1)..]).Checked();
    }

    /// <summary>Itself, where it names something.</summary>
    /// <exception cref="RondoException">The column or the value is empty, or the value is longer than 1,000 characters.</exception>
    public ColumnValue Checked() =>
        Column.Length > 0 && Value.Trim().Length is > 0 and <= 1000
            ? this
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                "A column and a value of 1 to 1000 characters are wanted: rows without a value belong to nobody.",
                "Write COLUMN=VALUE, as in email=ada@example.org."
            );

    /// <summary>Never the value: this record may come into a log.</summary>
    public override string ToString() => $"{Column} = •••";

    /// <summary>Whether a field holds the value, or does but for the case of letters.</summary>
    internal FieldMatch Match(ReadOnlySpan<char> field)
    {
        field = field.Trim();
        var value = Value.AsSpan().Trim();
        return field.SequenceEqual(value) || SameNumber(field, value) ? FieldMatch.Same
            : field.Equals(value, StringComparison.OrdinalIgnoreCase) ? FieldMatch.ButForCase
            : FieldMatch.Other;
    }

    private static bool SameNumber(ReadOnlySpan<char> field, ReadOnlySpan<char> value)
    {
        if (field.IsEmpty || !(char.IsAsciiDigit(field[^1]) || field[^1] == '.'))
        {
            return false;
        }

        // Whole numbers by themselves: as doubles, long ones would be equal that are not.
        return (CellParser.TryInteger(field, out var a), CellParser.TryInteger(value, out var b)) switch
        {
            (true, true) => a == b,
            _ => CellParser.TryNumber(field, out var x)
                && CellParser.TryNumber(value, out var y)
                && x == y
                && Math.Abs(x) < 1e15,
        };
    }
}

internal enum FieldMatch
{
    Other,
    ButForCase,
    Same,
}

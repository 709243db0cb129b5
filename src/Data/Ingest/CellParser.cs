using System.Globalization;

namespace Rondo.Data;

/// <summary>What a field of text can be read as.</summary>
internal static class CellParser
{
    private const NumberStyles WholeNumber =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;

    /// <summary>Whether a field stands for a missing value where no text is expected.</summary>
    public static bool IsMarker(ReadOnlySpan<char> field) =>
        field.Trim() is "" or "NA" or "N/A" or "NaN" or "nan" or "null" or "NULL";

    /// <summary>The narrowest type that reads the field.</summary>
    public static ColumnType TypeOf(ReadOnlySpan<char> field)
    {
        if (Fits(field, ColumnType.Integer))
        {
            return ColumnType.Integer;
        }

        if (Fits(field, ColumnType.Number))
        {
            return ColumnType.Number;
        }

        if (Fits(field, ColumnType.Date))
        {
            return ColumnType.Date;
        }

        if (Fits(field, ColumnType.Timestamp))
        {
            return ColumnType.Timestamp;
        }

        return Fits(field, ColumnType.Boolean) ? ColumnType.Boolean : ColumnType.Text;
    }

    public static bool Fits(ReadOnlySpan<char> field, ColumnType type) =>
        type switch
        {
            ColumnType.Boolean => TryBoolean(field, out _),
            ColumnType.Integer => TryInteger(field, out _),
            ColumnType.Number => TryNumber(field, out _),
            ColumnType.Date => TryDate(field, out _),
            ColumnType.Timestamp => TryTimestamp(field, out _),
            _ => true,
        };

    public static bool TryBoolean(ReadOnlySpan<char> field, out bool value)
    {
        field = field.Trim();
        value = field.Equals("true", StringComparison.OrdinalIgnoreCase);
        return value || field.Equals("false", StringComparison.OrdinalIgnoreCase);
    }

    public static bool TryInteger(ReadOnlySpan<char> field, out long value)
    {
        value = 0;
        return !IsCode(field) && long.TryParse(field, WholeNumber, CultureInfo.InvariantCulture, out value);
    }

    public static bool TryNumber(ReadOnlySpan<char> field, out double value)
    {
        value = 0;
        return !IsCode(field)
            && (
                double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
                || TryInfinity(field, out value)
            )
            && !double.IsNaN(value);
    }

    public static bool TryDate(ReadOnlySpan<char> field, out DateOnly value)
    {
        value = default;
        field = field.Trim();
        return field.Length == 10
            && DateOnly.TryParseExact(
                field,
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out value
            );
    }

    public static bool TryTimestamp(ReadOnlySpan<char> field, out DateTimeOffset value)
    {
        if (TryDate(field, out var date))
        {
            value = new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero);
            return true;
        }

        value = default;
        field = field.Trim();
        if (
            field.Length < 16
            || field[4] != '-'
            || field[7] != '-'
            || field[10] is not ('T' or ' ')
            || field[13] != ':'
        )
        {
            return false;
        }

        var read = DateTimeOffset.TryParse(
            field,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out value
        );
        value = Timestamps.Normal(value);
        return read;
    }

    /// <summary>A superfluous leading zero, as in 007: such a field names something rather than counts it.</summary>
    private static bool IsCode(ReadOnlySpan<char> field)
    {
        var digits = field.Trim().TrimStart("+-");
        return digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]);
    }

    private static bool TryInfinity(ReadOnlySpan<char> field, out double value)
    {
        value = field.Trim() switch
        {
            "inf" or "Infinity" => double.PositiveInfinity,
            "-inf" or "-Infinity" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return !double.IsNaN(value);
    }
}

namespace Rondo.Data;

/// <summary>Keeps a number equal to itself when one copy of it has passed through a <see cref="float"/>.</summary>
internal static class SinglePrecision
{
    // Six decimal digits survive a float whatever they are; of seven, the last may be rounded either way.
    private const int DigitsKept = 6;
    private const int DigitsHeld = 7;

    private static readonly double[] Powers = Enumerable
        .Range(0, 23)
        .Select(i => double.Parse("1e" + i, System.Globalization.CultureInfo.InvariantCulture))
        .ToArray();

    /// <summary>Rounded to six significant digits.</summary>
    public static double Round(double value) => Round(value, DigitsKept);

    /// <summary>The number with the fewest digits that is this float, if seven are enough: 15.732 rather than 15.732000350952148.</summary>
    public static double Widen(float value)
    {
        var rounded = Round(value, DigitsHeld);
        return (float)rounded == value ? rounded : value;
    }

    private static double Round(double value, int digits)
    {
        // A whole number of no more digits is what it is, and so is what is not finite.
        if ((Math.Abs(value) < Powers[digits] && Math.Floor(value) == value) || !double.IsFinite(value))
        {
            return value;
        }

        var shift = digits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (Math.Abs(shift) >= Powers.Length)
        {
            return value;
        }

        // Only powers that a double holds exactly are used: the result is then the number nearest to its decimal digits.
        return shift >= 0
            ? Math.Round(value * Powers[shift]) / Powers[shift]
            : Math.Round(value / Powers[-shift]) * Powers[-shift];
    }
}

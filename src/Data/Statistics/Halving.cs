namespace Rondo.Data;

/// <summary>Where a rising condition turns, by halving an interval: never wrong, and exact to the last digit.</summary>
internal static class Halving
{
    private const int StepsMax = 2000;

    /// <summary>The border between <paramref name="low"/> (below it) and <paramref name="high"/> (not below it).</summary>
    public static double Between(double low, double high, Func<double, bool> isBelow)
    {
        for (var i = 0; i < StepsMax; i++)
        {
            var middle = low + ((high - low) / 2);
            if (middle == low || middle == high)
            {
                break;
            }

            (low, high) = isBelow(middle) ? (middle, high) : (low, middle);
        }

        return low + ((high - low) / 2);
    }

    /// <summary>The same from a guess of the upper end, which is doubled until it is not below.</summary>
    public static double Above(double low, double guess, Func<double, bool> isBelow)
    {
        while (double.IsFinite(guess) && isBelow(guess))
        {
            guess *= 2;
        }

        return double.IsFinite(guess) ? Between(low, guess, isBelow) : double.PositiveInfinity;
    }
}

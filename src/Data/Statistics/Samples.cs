namespace Rondo.Data;

/// <summary>What measures refuse, in one place: they would otherwise answer with a number that means nothing.</summary>
internal static class Samples
{
    /// <summary>A copy in ascending order.</summary>
    public static double[] Sorted(IReadOnlyList<double> values, string name)
    {
        Check(values, name);
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>At least one value, all finite.</summary>
    public static void Check(IReadOnlyList<double> values, string name)
    {
        if (values.Count == 0)
        {
            throw Refuse($"{name} has no values.", "Give at least one.");
        }

        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw Refuse($"{name} is not finite at index {i}: {values[i]}.", "Leave out what is missing.");
            }
        }
    }

    public static void CheckSameLength(int first, int second, string name)
    {
        if (first != second)
        {
            throw Refuse($"{name} has {second} entries where {first} are needed.", "Give one for each.");
        }
    }

    public static void CheckShare(double value, string name)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw Refuse($"{name} is {value}.", "Give a share from 0 to 1.");
        }
    }

    public static void CheckInnerShare(double value, string name)
    {
        if (!(value is > 0 and < 1))
        {
            throw Refuse($"{name} is {value}.", "Give a share between 0 and 1.");
        }
    }

    public static void CheckPositive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw Refuse($"{name} is {value}.", "Give a positive number.");
        }
    }

    public static void CheckCount(long value, string name)
    {
        if (value < 0)
        {
            throw Refuse($"{name} is {value}.", "Give a count, 0 or more.");
        }
    }

    public static RondoException Refuse(FormattableString what, string mend) =>
        new(ErrorCode.InvalidArgument, FormattableString.Invariant(what), mend);
}

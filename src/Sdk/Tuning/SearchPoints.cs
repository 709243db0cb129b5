using System.Text.Json;

namespace Rondo.Sdk;

/// <summary>
/// The points of a search space: one coordinate for each parameter, NaN for one without a meaning there. A parameter stands behind the one
/// that it depends on, so that a point can be filled from left to right.
/// </summary>
internal sealed class SearchPoints
{
    private readonly int[] _parents;

    public SearchPoints(IReadOnlyList<ParameterRange> ranges)
    {
        Ranges = ranges;
        _parents =
        [
            .. ranges.Select(range =>
                range.Only is null ? -1 : ranges.Index().First(other => other.Item.Name == range.Only.Parameter).Index
            ),
        ];
    }

    public IReadOnlyList<ParameterRange> Ranges { get; }

    /// <summary>Whether a parameter has a meaning, given the coordinates to its left.</summary>
    public bool IsActive(int parameter, double[] point) =>
        _parents[parameter] < 0
        || (
            !double.IsNaN(point[_parents[parameter]])
            && Ranges[parameter].Only!.Choices.Contains((int)point[_parents[parameter]])
        );

    /// <summary>A point whose coordinates are drawn one by one.</summary>
    public double[] Fill(Func<int, double> draw)
    {
        var point = new double[Ranges.Count];
        for (var parameter = 0; parameter < point.Length; parameter++)
        {
            point[parameter] = IsActive(parameter, point) ? draw(parameter) : double.NaN;
        }
        return point;
    }

    public double[] Draw(Random random) => Fill(parameter => Ranges[parameter].Draw(random));

    /// <summary>All points of a grid, the last parameter changing fastest; null: there are more than so many.</summary>
    public List<double[]>? Grid(int pointsEach, int max)
    {
        List<double[]> grid = [new double[Ranges.Count]];
        for (var parameter = 0; parameter < Ranges.Count; parameter++)
        {
            var coordinates = Ranges[parameter].Grid(pointsEach);
            var longer = new List<double[]>();
            foreach (var point in grid)
            {
                IReadOnlyList<double> here = IsActive(parameter, point) ? coordinates : [double.NaN];
                if (longer.Count + here.Count > max)
                {
                    return null;
                }
                foreach (var coordinate in here)
                {
                    double[] next = [.. point];
                    next[parameter] = coordinate;
                    longer.Add(next);
                }
            }
            grid = longer;
        }
        return grid;
    }

    /// <summary>All points there are; null: they cannot be counted, or are more than so many.</summary>
    public List<double[]>? All(int max) => Ranges.All(range => range.Count <= max) ? Grid(max, max) : null;

    /// <summary>The values of a point: of the parameters that have a meaning there.</summary>
    public ParameterValues ValuesOf(double[] point) => Values(point, (_, _) => null);

    /// <summary>As <see cref="ValuesOf"/>, but a parameter without a meaning has its first value, so that a step can take it.</summary>
    public ParameterValues ArgumentsOf(double[] point) =>
        Values(point, (range, _) => range.ValueOf(range.IsChoice ? 0 : range.From));

    /// <summary>The point of these values, or why it is not in the space.</summary>
    public (double[]? Point, string? Outside) PointOf(ParameterValues values)
    {
        var point = new double[Ranges.Count];
        var known = 0;
        for (var parameter = 0; parameter < point.Length; parameter++)
        {
            var range = Ranges[parameter];
            point[parameter] = double.NaN;
            if (!IsActive(parameter, point))
            {
                continue;
            }
            if (!values.Values.TryGetValue(range.Name, out var value))
            {
                return (null, $"'{range.Name}' is missing");
            }
            if (range.CoordinateOf(value) is not { } coordinate)
            {
                return (null, $"{range.Name} = {value} is outside of {range}");
            }
            point[parameter] = coordinate;
            known++;
        }
        return known == values.Values.Count ? (point, null) : (null, "it has parameters that the space does not have");
    }

    private ParameterValues Values(double[] point, Func<ParameterRange, int, JsonElement?> otherwise)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (index, range) in Ranges.Index())
        {
            if ((double.IsNaN(point[index]) ? otherwise(range, index) : range.ValueOf(point[index])) is { } value)
            {
                values.Add(range.Name, value);
            }
        }
        return new(values);
    }
}

/// <summary>Points are equal whose coordinates are; of two without a meaning, too.</summary>
internal sealed class SamePoint : IEqualityComparer<double[]>
{
    public static SamePoint Comparer { get; } = new();

    public bool Equals(double[]? one, double[]? other) =>
        one is not null && other is not null && one.AsSpan().SequenceEqual(other);

    public int GetHashCode(double[] point)
    {
        var hash = new HashCode();
        foreach (var coordinate in point)
        {
            hash.Add(coordinate);
        }
        return hash.ToHashCode();
    }
}

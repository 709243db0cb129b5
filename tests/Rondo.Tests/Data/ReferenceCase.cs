using System.Globalization;
using System.Text.Json;

namespace Rondo.Tests.Data;

/// <summary>
/// A case of <c>reference_values.json</c>: values that independent software computed (scipy, scikit-learn, R). It remembers which of its
/// expected values were asserted, so that none can be forgotten.
/// </summary>
internal sealed class ReferenceCase
{
    /// <summary>The id of the values beside the cases that R computed.</summary>
    public const string CrossCheck = "r_crosscheck";

    private static readonly Lazy<JsonDocument> Document = new(() =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "reference_values.json")))
    );

    private readonly HashSet<string> _asserted = new(StringComparer.Ordinal);

    private ReferenceCase(string id, JsonElement input, JsonElement expected) =>
        (Id, Input, Expected) = (id, input, expected);

    public static IEnumerable<string> Ids => Cases().Select(c => c.GetProperty("id").GetString()!).Append(CrossCheck);

    public string Id { get; }

    public JsonElement Input { get; }

    public JsonElement Expected { get; }

    /// <summary>The expected values that nothing was held against yet.</summary>
    public IEnumerable<string> Missing => Leaves(Expected, "").Where(path => !_asserted.Contains(path));

    public static ReferenceCase Of(string id)
    {
        if (id == CrossCheck)
        {
            return new ReferenceCase(id, default, Document.Value.RootElement.GetProperty(CrossCheck));
        }

        var found = Cases().Single(c => c.GetProperty("id").GetString() == id);
        return new ReferenceCase(id, found.GetProperty("input"), found.GetProperty("expected"));
    }

    public static double[] Stream(string name) =>
        NumbersOf(Document.Value.RootElement.GetProperty("streams").GetProperty(name));

    public double[] Numbers(string input) => NumbersOf(Input.GetProperty(input));

    public bool[] Flags(string input) => Array.ConvertAll(Numbers(input), v => v == 1);

    public double[][] Rows(string input) => Input.GetProperty(input).EnumerateArray().Select(NumbersOf).ToArray();

    public double[] Sorted(string input) => Numbers(input).Order().ToArray();

    public double Value(string path) => At(path).GetDouble();

    /// <summary>Counts by category of two samples, over the categories of both.</summary>
    public (long[] Reference, long[] Current) Counts()
    {
        var reference = Input.GetProperty("reference_counts");
        var current = Input.GetProperty("current_counts");
        var names = reference
            .EnumerateObject()
            .Concat(current.EnumerateObject())
            .Select(p => p.Name)
            .Distinct()
            .ToList();
        return (Of(reference), Of(current));

        long[] Of(JsonElement counts) =>
            names.Select(n => counts.TryGetProperty(n, out var count) ? count.GetInt64() : 0).ToArray();
    }

    public static double[] NumbersOf(JsonElement array) => array.EnumerateArray().Select(v => v.GetDouble()).ToArray();

    /// <summary>Holds a value against the expected one; null against null, ∞ against "inf".</summary>
    public void Is(string path, double? actual, double tolerance = 1e-9) => Compare(path, actual, tolerance, false);

    /// <summary>The same for probabilities, which are compared relatively.</summary>
    public void IsP(string path, double? actual) => Compare(path, actual, 1e-6, true);

    /// <summary>The same with a relative tolerance.</summary>
    public void IsAbout(string path, double? actual, double relative) => Compare(path, actual, relative, true);

    public void Is(string path, IEnumerable<double> actual, double tolerance = 1e-9)
    {
        var values = actual.ToArray();
        Assert.Equal(At(path).GetArrayLength(), values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            Compare($"{path}[{i}]", values[i], tolerance, false);
        }
    }

    public void Is(string path, IEnumerable<IEnumerable<double>> actual)
    {
        var rows = actual.ToArray();
        Assert.Equal(At(path).GetArrayLength(), rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            Is($"{path}[{i}]", rows[i]);
        }
    }

    public void Is(string path, bool actual)
    {
        Assert.True(At(path).GetBoolean() == actual, $"{Id} {path}");
        _asserted.Add(path);
    }

    public void Is(string path, IEnumerable<bool> actual)
    {
        var values = actual.ToArray();
        Assert.Equal(At(path).GetArrayLength(), values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            Is($"{path}[{i}]", values[i]);
        }
    }

    /// <summary>Words beside the values, which a test acts upon in its own way.</summary>
    public void Says(string path, string part)
    {
        Assert.Contains(part, At(path).GetString(), StringComparison.Ordinal);
        _asserted.Add(path);
    }

    /// <summary>A value that another assertion was about, in its own way.</summary>
    public void Covered(string path)
    {
        foreach (var leaf in Leaves(At(path), path))
        {
            _asserted.Add(leaf);
        }
    }

    public static void Near(double expected, double? actual, double tolerance = 1e-9)
    {
        Assert.NotNull(actual);
        Assert.InRange(actual.Value, expected - tolerance, expected + tolerance);
    }

    /// <summary>Probabilities are compared relatively.</summary>
    public static void NearP(double expected, double? actual) => Near(expected, actual, Math.Abs(expected) * 1e-6);

    /// <summary>A value of the expected ones: <c>rows[2].D</c>. Names may hold dots themselves: the longest that is there is taken.</summary>
    public JsonElement At(string path) => Find(Expected, path);

    private static JsonElement Find(JsonElement element, string path)
    {
        if (path.Length == 0)
        {
            return element;
        }

        if (path[0] == '[')
        {
            var end = path.IndexOf(']', StringComparison.Ordinal);
            var index = int.Parse(path.AsSpan(1, end - 1), CultureInfo.InvariantCulture);
            return Find(element[index], path[(end + 1)..].TrimStart('.'));
        }

        var property = element
            .EnumerateObject()
            .Where(p =>
                path == p.Name
                || (path.StartsWith(p.Name, StringComparison.Ordinal) && path[p.Name.Length] is '.' or '[')
            )
            .OrderByDescending(p => p.Name.Length)
            .First();
        return Find(property.Value, path[property.Name.Length..].TrimStart('.'));
    }

    private void Compare(string path, double? actual, double tolerance, bool isRelative)
    {
        var expected = At(path);
        var value = expected.ValueKind switch
        {
            JsonValueKind.Null => (double?)null,
            JsonValueKind.String when expected.GetString() == "inf" => double.PositiveInfinity,
            _ => expected.GetDouble(),
        };
        var slack = isRelative && value is { } v ? Math.Abs(v) * tolerance : tolerance;
        var isEqual =
            value is null || actual is null ? value is null && actual is null
            : double.IsInfinity(value.Value) ? actual == value
            : Math.Abs(actual.Value - value.Value) <= slack;
        Assert.True(
            isEqual,
            string.Create(CultureInfo.InvariantCulture, $"{Id} {path}: expected {value}, was {actual}")
        );
        _asserted.Add(path);
    }

    private static IEnumerable<string> Leaves(JsonElement element, string path) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(p => Leaves(p.Value, path.Length == 0 ? p.Name : $"{path}.{p.Name}")),
            JsonValueKind.Array when element.GetArrayLength() > 0 => element
                .EnumerateArray()
                .SelectMany((item, i) => Leaves(item, $"{path}[{i}]")),
            // An empty list is asserted by its length.
            JsonValueKind.Array => [],
            _ => [path],
        };

    private static IEnumerable<JsonElement> Cases() => Document.Value.RootElement.GetProperty("cases").EnumerateArray();
}

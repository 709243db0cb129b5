using System.Text.Json;

namespace Rondo.Tests.Data;

/// <summary>A case of <c>reference_values.json</c>: values that independent software computed (scipy, scikit-learn, R).</summary>
internal sealed class ReferenceCase(JsonElement json)
{
    private static readonly Lazy<JsonDocument> Document = new(() =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "reference_values.json")))
    );

    public JsonElement Input => json.GetProperty("input");

    public JsonElement Expected => json.GetProperty("expected");

    public static ReferenceCase Of(string id) =>
        new(
            Document
                .Value.RootElement.GetProperty("cases")
                .EnumerateArray()
                .Single(c => c.GetProperty("id").GetString() == id)
        );

    public double[] Numbers(string input) => NumbersOf(Input.GetProperty(input));

    public double Value(string expected) => Expected.GetProperty(expected).GetDouble();

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

    public static void Near(double expected, double? actual, double tolerance = 1e-9)
    {
        Assert.NotNull(actual);
        Assert.InRange(actual.Value, expected - tolerance, expected + tolerance);
    }

    /// <summary>Probabilities are compared relatively.</summary>
    public static void NearP(double expected, double? actual) => Near(expected, actual, Math.Abs(expected) * 1e-6);
}

using System.Text.Json;

namespace Rondo.Serving.OpenInference;

/// <summary>Reads one element of a tensor from the token that the reader stands on.</summary>
internal interface IElementReader<T>
{
    /// <summary>What an element looks like, for errors.</summary>
    static abstract string Expected { get; }

    /// <summary>What stands in the place of a value that is missing.</summary>
    static abstract T Missing { get; }

    /// <summary>Replaces the value; false where the token is something else.</summary>
    static abstract bool TryRead(ref Utf8JsonReader json, ref T value);
}

internal readonly struct FloatReader : IElementReader<float>
{
    public static string Expected => "a number (or the text NaN, Infinity or -Infinity)";

    public static float Missing => float.NaN;

    public static bool TryRead(ref Utf8JsonReader json, ref float value)
    {
        if (json.TokenType == JsonTokenType.Number)
        {
            return json.TryGetSingle(out value);
        }

        var named = 0.0;
        var read = DoubleReader.TryRead(ref json, ref named);
        value = (float)named;
        return read;
    }
}

internal readonly struct DoubleReader : IElementReader<double>
{
    public static string Expected => FloatReader.Expected;

    public static double Missing => double.NaN;

    public static bool TryRead(ref Utf8JsonReader json, ref double value)
    {
        if (json.TokenType == JsonTokenType.Number)
        {
            return json.TryGetDouble(out value);
        }

        if (json.TokenType != JsonTokenType.String)
        {
            return false;
        }

        value =
            json.ValueTextEquals("Infinity"u8) ? double.PositiveInfinity
            : json.ValueTextEquals("-Infinity"u8) ? double.NegativeInfinity
            : double.NaN;
        return !double.IsNaN(value) || json.ValueTextEquals("NaN"u8);
    }
}

internal readonly struct IntReader : IElementReader<int>
{
    public static string Expected => "a whole number of 32 bits";

    public static int Missing => 0;

    public static bool TryRead(ref Utf8JsonReader json, ref int value) =>
        json.TokenType == JsonTokenType.Number && json.TryGetInt32(out value);
}

internal readonly struct LongReader : IElementReader<long>
{
    public static string Expected => "a whole number of 64 bits";

    public static long Missing => 0;

    public static bool TryRead(ref Utf8JsonReader json, ref long value) =>
        json.TokenType == JsonTokenType.Number && json.TryGetInt64(out value);
}

internal readonly struct BoolReader : IElementReader<bool>
{
    public static string Expected => "true or false";

    public static bool Missing => false;

    public static bool TryRead(ref Utf8JsonReader json, ref bool value)
    {
        value = json.TokenType == JsonTokenType.True;
        return json.TokenType is JsonTokenType.True or JsonTokenType.False;
    }
}

internal readonly struct TextReader : IElementReader<string>
{
    public static string Expected => "a text";

    public static string Missing => "";

    // A category mostly repeats: the text that is there already costs no allocation.
    public static bool TryRead(ref Utf8JsonReader json, ref string value)
    {
        if (json.TokenType != JsonTokenType.String)
        {
            return false;
        }

        if (value is null || !json.ValueTextEquals(value))
        {
            value = json.GetString()!;
        }

        return true;
    }
}

using System.Buffers;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Models;

/// <summary>Ids and names of logged models.</summary>
internal static class LoggedModelNames
{
    private const string Prefix = "m-";
    private const string Shown = "/ : . % \" '";

    // A name stands in addresses of models and in filters, where these end it.
    private static readonly SearchValues<char> s_ends = SearchValues.Create("/:.%\"'");

    /// <summary>An id made of a new number.</summary>
    public static string Id(string uuid) => Prefix + uuid;

    /// <summary>The name that is asked for, or one made of the id's number.</summary>
    public static string NameOf(string? asked, string uuid)
    {
        if (string.IsNullOrEmpty(asked))
        {
            return RunNames.Of(uuid);
        }

        Names.CheckLength(asked, "name", Limits.LoggedModelNameMax);
        return !string.IsNullOrWhiteSpace(asked) && asked.AsSpan().IndexOfAny(s_ends) < 0
            ? asked
            : throw Refusal.Value(
                Names.Json(asked),
                "name",
                $"The name of a model is not blank and has none of these characters: {Shown}"
            );
    }
}

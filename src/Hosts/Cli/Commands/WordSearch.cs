using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary>What all commands have in common that find something by words: what they take, and how they tell what was found.</summary>
internal static class WordSearch
{
    private static readonly Argument<string[]> s_words = new("word")
    {
        Description = "Words, or beginnings of words, all of which must be there.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<int> s_limit = GlobalOptions.Limit(20);

    /// <summary>The command <c>find</c> of a family.</summary>
    public static Command Make(string description, string path, params Column[] columns) =>
        CommandBuilding.Make("find", description, call => FindAsync(call, path, columns), s_words, s_limit);

    private static async Task FindAsync(Invocation call, string path, Column[] columns)
    {
        var text = Segment.Of(string.Join(' ', call.Get(s_words) ?? []));
        var found = await call.Api.GetAsync($"{path}?text={text}&limit={call.Get(s_limit)}", call.Cancellation);
        if (call.Screen.Json)
        {
            call.Screen.Document(found);
            return;
        }

        JsonElement[] items = [.. found.At("items")!.Value.EnumerateArray()];
        if (items.Length > 0)
        {
            call.Screen.Table("Found", items, columns);
        }

        call.Screen.Line(Told(found, items.Length));
    }

    private static string Told(JsonElement found, int shown)
    {
        var total = found.At("total")!.Value.GetInt32();
        var isPart = found.At("isPart") is { ValueKind: JsonValueKind.True };
        var later = found.At("notYetRead")?.GetInt64() ?? 0;
        return (total == 0 ? "Nothing has all of these words." : $"{shown} of {total}{(isPart ? " or more" : "")}.")
            + (isPart ? " Give one word more." : "")
            + (later > 0 ? $" {later} experiments and runs of an earlier version are not looked through yet." : "");
    }
}

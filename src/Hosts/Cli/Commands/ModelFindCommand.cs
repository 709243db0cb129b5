using System.CommandLine;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>models find</c>: models of all projects by what is said of them.</summary>
internal static class ModelFindCommand
{
    private static readonly Argument<string[]> s_words = new("word")
    {
        Description = "Words, or beginnings of words, all of which must be there.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<int> s_limit = new("--limit")
    {
        Description = "How many at most.",
        DefaultValueFactory = _ => 20,
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "find",
            "Models and versions by the words of their names, tags, descriptions and cards.",
            FindAsync,
            s_words,
            s_limit
        );

    private static async Task FindAsync(Invocation call)
    {
        var text = Segment.Of(string.Join(' ', call.Get(s_words) ?? []));
        var found = await call.Api.GetAsync(
            $"/api/v1/models/find?text={text}&limit={call.Get(s_limit)}",
            call.Cancellation
        );
        call.Screen.List(
            found,
            "No model has all of these words.",
            Column.Of("project", "project"),
            Column.Of("in", "environment"),
            Column.Of("model", "model"),
            Column.Number("version", "version"),
            Column.Of("where", "where"),
            Column.Of("text", "excerpt")
        );
    }
}

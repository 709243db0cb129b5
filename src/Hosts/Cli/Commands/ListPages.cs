using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Commands;

/// <summary>A list that may have more rows than are shown: how many, from where on, or all of them.</summary>
internal static class ListPages
{
    private const int PerRequest = 1000;
    private const int RequestsMax = 100_000;

    private static readonly Option<int> s_limit = GlobalOptions.Limit(100);

    private static readonly Option<string?> s_after = new("--after")
    {
        Description = "The next page: what the page before ended with.",
    };

    private static readonly Option<bool> s_all = new("--all") { Description = "All of them, however many." };

    /// <summary>What such a command takes.</summary>
    public static IReadOnlyList<Option> Options { get; } = [s_limit, s_after, s_all];

    /// <summary>What was asked for; <paramref name="path"/> may have a query already.</summary>
    public static async Task<JsonElement> GetAsync(Invocation call, string path)
    {
        if (!call.Get(s_all))
        {
            return await PageAsync(call, path, call.Get(s_limit), call.Get(s_after));
        }

        var (items, after) = (new List<JsonElement>(), call.Get(s_after));
        for (var request = 0; request < RequestsMax; request++)
        {
            var page = await PageAsync(call, path, PerRequest, after);
            items.AddRange(page.Items());
            after = page.Text("next");
            if (after is null)
            {
                break;
            }
        }

        return JsonSerializer.SerializeToElement(new { items, next = after });
    }

    /// <summary>How the others of a list are seen, where it has more than were shown.</summary>
    public static string More(JsonElement page) =>
        $"--all shows them, --after {page.Text("next")} the next, --limit more at once.";

    private static Task<JsonElement> PageAsync(Invocation call, string path, int limit, string? after) =>
        call.Api.GetAsync(
            $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={limit}"
                + (after is null ? "" : "&after=" + Uri.EscapeDataString(after)),
            call.Cancellation
        );
}

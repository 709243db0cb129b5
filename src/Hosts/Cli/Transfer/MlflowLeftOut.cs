using System.Globalization;

namespace Rondo.Cli.Transfer;

/// <summary>What an MLflow database has besides that is not brought: it is counted and told, so that nobody believes it came along.</summary>
internal sealed class MlflowLeftOut(MlflowTables tables, ChosenExperiments chosen)
{
    private const string Traces = "trace_info";

    // What else hangs on these, such as spans and assessments of traces, is not counted again.
    private static readonly (string Table, string Condition, string One, string Many)[] s_things =
    [
        ("evaluation_datasets", "", "evaluation dataset", "evaluation datasets"),
        ("scorers", "", "scorer", "scorers"),
        ("label_schemas", "", "label schema", "label schemas"),
        ("review_queues", "", "review queue", "review queues"),
        ("issues", "", "issue", "issues"),
        ("webhooks", "where deleted_timestamp is null", "webhook", "webhooks"),
        ("endpoints", "", "endpoint of the gateway", "endpoints of the gateway"),
        ("secrets", "", "secret of the gateway", "secrets of the gateway"),
        ("guardrails", "", "guardrail", "guardrails"),
        ("budget_policies", "", "budget", "budgets"),
        ("mcp_servers", "", "MCP server", "MCP servers"),
    ];

    /// <summary>A sentence of each cause.</summary>
    public async Task<IReadOnlyList<string>> NotesAsync(CancellationToken cancellation)
    {
        var notes = new List<string>();
        var models = await OfOtherWorkspacesAsync(cancellation);
        if (models > 0)
        {
            notes.Add($"{Counted(models, "registered model", "registered models")} of other workspaces: left out.");
        }

        var things = new List<string>();
        Add(things, await TracesAsync(cancellation), "trace", "traces");
        // Who asks for some experiments has not asked for what belongs to none.
        foreach (var (table, condition, one, many) in chosen.IsPart ? [] : s_things)
        {
            Add(things, await CountAsync(table, condition, cancellation), one, many);
        }

        if (things.Count > 0)
        {
            notes.Add($"Left out, for there is no place for them here: {string.Join(", ", things)}.");
        }

        return notes;
    }

    /// <summary>A number with the word that fits it.</summary>
    public static string Counted(long count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static void Add(List<string> things, long count, string one, string many)
    {
        if (count > 0)
        {
            things.Add(Counted(count, one, many));
        }
    }

    private async Task<long> TracesAsync(CancellationToken cancellation)
    {
        var count = 0L;
        if (!tables.IsThere(Traces))
        {
            return count;
        }

        await foreach (
            var row in tables.RowsAsync(
                $"select experiment_id, count(*) from {Traces} group by experiment_id",
                [],
                cancellation
            )
        )
        {
            count += chosen.Contains(row.Number(0)) ? row.Number(1) : 0;
        }

        return count;
    }

    private async Task<long> OfOtherWorkspacesAsync(CancellationToken cancellation) =>
        !chosen.IsPart && tables.Has("registered_models", "workspace")
            ? await CountAsync(
                "registered_models",
                $"where not {tables.IsOfDefault("registered_models")}",
                cancellation
            )
            : 0;

    private async Task<long> CountAsync(string table, string condition, CancellationToken cancellation)
    {
        var count = 0L;
        if (tables.IsThere(table))
        {
            await foreach (var row in tables.RowsAsync($"select count(*) from {table} {condition}", [], cancellation))
            {
                count = row.Number(0);
            }
        }

        return count;
    }
}

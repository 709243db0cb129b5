using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Data;
using Rondo.Datasets;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Commands;

/// <summary><c>datasets forget</c> and <c>datasets forgotten</c>: removes the rows of a subject, and lists what was removed so.</summary>
internal static class DatasetForgetCommands
{
    private const int NotConfirmed = 2;
    private const int Held = 4;
    private const int DerivedShown = 50;

    private static readonly Argument<string> s_dataset = new("dataset");

    private static readonly Option<string> s_where = new("--where")
    {
        Description = "COLUMN=VALUE: whose rows are to go. The value is not written down.",
        Required = true,
    };

    private static readonly Option<string?> s_known = new("--where")
    {
        Description = "COLUMN=VALUE: only those that were about it.",
    };

    private static readonly Option<string?> s_reason = new("--reason")
    {
        Description = "Why, for the record; without naming the subject.",
    };

    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Only say what would be done." };
    private static readonly Option<bool> s_yes = new("--yes", "-y") { Description = "Do it." };
    private static readonly Option<bool> s_force = new("--force")
    {
        Description =
            "Also delete versions that a model was made from which serves, may be rolled back to, or has an alias.",
    };

    private static readonly Option<int> s_limit = GlobalOptions.Limit(100);

    public static Command Forget() =>
        CommandBuilding.Make(
            "forget",
            "Remove a subject's rows: a version without them, the others deleted, and what was made from them listed.",
            ForgetAsync,
            s_dataset,
            s_where,
            s_reason,
            s_dryRun,
            s_yes,
            s_force,
            GlobalOptions.Environment
        );

    public static Command Forgotten() =>
        CommandBuilding.Make("forgotten", "Whose rows were removed, newest first.", ListAsync, s_known, s_limit);

    private static async Task<int> ForgetAsync(Invocation call)
    {
        var value = ColumnValue.Parse(call.Get(s_where)!);
        var acts = call.Get(s_yes) && !call.Get(s_dryRun);
        var report = await call.Api.PostAsync(
            $"{await call.ProjectPathAsync()}/datasets/{Segment.Of(call.Get(s_dataset))}/forget?environment={call.Get(GlobalOptions.Environment)}",
            new
            {
                value.Column,
                value.Value,
                reason = call.Get(s_reason),
                force = call.Get(s_force),
                dryRun = !acts,
            },
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(report);
        }

        Show(call, report);
        var versions = Items(report, "versions");
        if (versions.Count == 0 || call.Get(s_dryRun))
        {
            return 0;
        }

        if (!acts)
        {
            call.Screen.Progress($"[yellow]Nothing was changed. Add --yes to do it.[/]");
            return NotConfirmed;
        }

        return versions.Any(version => version.Text("state") == "held") ? Held : 0;
    }

    private static void Show(Invocation call, JsonElement report)
    {
        var versions = Items(report, "versions");
        var done = report.Text("id") is not null;
        call.Screen.Line(
            versions.Count == 0
                ? "No version that still has its files holds such a row."
                : $"{Rows(report, "rows")}{UnreadableOf(report)} in {versions.Count} version{(versions.Count == 1 ? "" : "s")} of {report.Text("dataset")} in {report.Text("environment")}{(done ? "" : " would go")}."
        );
        if (report.Number("butForCase") > 0)
        {
            call.Screen.Markup(
                $"[yellow]Besides, {Rows(report, "butForCase")} with the value in other letters (upper or lower case): they are left alone.[/]"
            );
        }

        call.Screen.Table(
            "Versions that hold them",
            versions,
            Column.Id("version", "id"),
            Column.Number("rows", "rows"),
            Column.Of("", "state"),
            new Column("needed, as", row => string.Join("; ", Texts(row, "holds")))
        );
        call.Screen.Table(
            "Made from these versions",
            [.. Items(report, "derived").Take(DerivedShown)],
            Column.Of("what", "kind"),
            Column.Id("name", "id"),
            Column.Of("state", "state"),
            new Column(
                "from",
                row => string.Join(", ", row.At("from")?.EnumerateArray().Select(n => n.ToString()) ?? [])
            )
        );
        if (Items(report, "derived").Count > DerivedShown)
        {
            call.Screen.Line("There are more: --output json lists them all.");
        }

        foreach (var other in Texts(report, "elsewhere"))
        {
            call.Screen.Markup($"[yellow]The same file is in {other}, too: forget it there by itself.[/]");
        }

        if (done)
        {
            ShowDone(call, report);
        }
    }

    private static void ShowDone(Invocation call, JsonElement report)
    {
        var next = report.Text("newVersion") is { } number ? $" Version {number} is without them." : "";
        call.Screen.Line(
            $"Recorded as {report.Text("id")}.{next} The bytes of deleted versions go when nothing else needs them: rondo gc --dry-run."
        );
        if (report.Text("isComplete") == "no")
        {
            call.Screen.Progress(
                $"[yellow]Versions are held, and still have the rows: do what stands beside them, and ask again, or add --force.[/]"
            );
        }
    }

    private static async Task ListAsync(Invocation call)
    {
        var page = await call.Api.GetAsync(
            $"{await call.ProjectPathAsync()}/datasets/forgotten?limit={call.Get(s_limit).ToString(CultureInfo.InvariantCulture)}",
            call.Cancellation
        );
        if (call.Get(s_known) is { } known)
        {
            // The value stays here: whether a record is about it is told from the record's hash.
            var value = ColumnValue.Parse(known);
            page = JsonSerializer.SerializeToElement(
                new { items = page.Items().Where(record => IdentityOf(record).Is(value)), next = page.Text("next") },
                RondoJson.Options
            );
        }

        call.Screen.List(
            page,
            "Nobody's rows were removed.",
            Column.Id("record", "id"),
            Column.Of("dataset", "dataset"),
            Column.Of("in", "environment"),
            Column.Of("by", "column"),
            Column.Number("rows", "rows"),
            new Column("deleted", row => Versions(row, "deleted")),
            new Column("held", row => Versions(row, "held")),
            Column.Number("new version", "newVersion"),
            new Column("models", row => Count(row, "model-version"), RightAligned: true),
            Column.Time("at", "at"),
            Column.Of("who", "actor"),
            Column.Of("reason", "reason")
        );
    }

    private static SubjectIdentity IdentityOf(JsonElement record) =>
        new(record.Text("identity.salt")!, record.Text("identity.hash")!);

    private static string Rows(JsonElement report, string name) =>
        report.Text(name) + (report.Number(name) == 1 ? " row" : " rows");

    private static string UnreadableOf(JsonElement report) =>
        report.Number("unreadableLines") > 0 ? $" and {report.Text("unreadableLines")} lines that are no rows" : "";

    private static string Versions(JsonElement record, string state) =>
        string.Join(
            ", ",
            Items(record, "versions").Where(version => version.Text("state") == state).Select(v => v.Text("version"))
        );

    private static string Count(JsonElement record, string kind) =>
        Items(record, "derived").Count(made => made.Text("kind") == kind).ToString(CultureInfo.InvariantCulture);

    private static IReadOnlyList<JsonElement> Items(JsonElement element, string name) =>
        element.At(name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    private static IReadOnlyList<string> Texts(JsonElement element, string name) =>
        [.. Items(element, name).Select(item => item.GetString() ?? "")];
}

using System.Globalization;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk.Wire;
using ModelColumn = Rondo.Registry.Clients.Formats.ModelColumn;

namespace Rondo.Registry.Cards;

/// <summary>A card as one page of HTML that stands alone.</summary>
internal static class CardPage
{
    private const int SlicesMax = 200;

    public static string Of(ModelCardView view)
    {
        var page = new HtmlText($"{view.Model}: model card");
        page.Add($"<h1>{view.Model}</h1><p class=\"soft\">Model card");
        if (view.Card.EditedAt is { } at)
        {
            page.Add($", revision {view.Card.Revision} of {Day(at)} by {view.Card.EditedBy}");
        }

        page.Raw("</p>");
        if (view.Version is { } version)
        {
            var algorithm = version is PipelineFacts made ? made.Algorithm + ", " : "";
            page.Add(
                $"<p>Version <b>{version.Version}</b> ({version.State}): {algorithm}registered {Day(version.RegisteredAt)}.</p>"
            );
        }

        AddTexts(page, view.Card.Card);
        switch (view.Version)
        {
            case PipelineFacts made:
                AddMade(page, made);
                break;
            case ClientFacts registered:
                AddRegistered(page, registered);
                break;
        }

        if (view.Version is { } facts)
        {
            AddDecisions(page, facts);
        }

        return page.ToString();
    }

    private static void AddTexts(HtmlText page, ModelCard card)
    {
        page.Raw("<h2>What it is for</h2><div class=\"cards\">");
        AddText(page, "Owner", card.Owner);
        AddText(page, "Intended uses", card.IntendedUses);
        AddText(page, "Not to be used for", card.OutOfScopeUses);
        AddText(
            page,
            "Risk",
            card.Risk is null ? null : card.Risk + (card.RiskReason is null ? "" : ": " + card.RiskReason)
        );
        AddText(page, "Training data", card.TrainingData);
        AddText(page, "Evaluation", card.Evaluation);
        AddText(page, "Fairness", card.Fairness);
        AddText(page, "Caveats", card.Caveats);
        foreach (var (name, text) in card.More ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            AddText(page, name, text);
        }

        page.Raw("</div>");
    }

    // What nobody has said is shown as such: a card with a hole is an honest card.
    private static void AddText(HtmlText page, string title, string? text)
    {
        page.Add($"<div class=\"card\"><h3>{title}</h3>");
        if (string.IsNullOrWhiteSpace(text))
        {
            page.Raw("<p class=\"bad\">Nobody has written this yet.</p>");
        }
        else
        {
            page.Add($"<p style=\"white-space: pre-wrap\">{text}</p>");
        }

        page.Raw("</div>");
    }

    private static void AddMade(HtmlText page, PipelineFacts facts)
    {
        page.Raw("<h2>Where it comes from</h2><table>");
        AddRow(page, "Pipeline and run", $"{facts.Origin.Pipeline}, {facts.Origin.RunId}");
        AddRow(page, "Commit", facts.Origin.Commit);
        AddRow(page, "Data", facts.Origin.DatasetVersion);
        AddRow(
            page,
            "Trained on",
            facts.DataFrom is null ? null : $"{facts.DataFrom:yyyy-MM-dd} to {facts.DataTo:yyyy-MM-dd}"
        );
        page.Raw("</table><h2>Metrics</h2><table><tr><th>metric</th><th>test</th><th>training</th></tr>");
        foreach (var (name, value) in facts.TestMetrics.OrderBy(metric => metric.Key, StringComparer.Ordinal))
        {
            var training = facts.TrainMetrics.TryGetValue(name, out var trained) ? Figure(trained) : "";
            page.Add(
                $"<tr><td>{name}</td><td class=\"number\">{Figure(value)}</td><td class=\"number\">{training}</td></tr>"
            );
        }

        page.Raw("</table>");
        AddSlices(page, facts);
        AddGate(page, facts);
        AddConversion(page, facts.Conversion);
        AddExample(page, facts.Example);
        AddRuntime(page, facts.Runtime);
    }

    // What a client does not say stands in the files, where this server keeps them.
    private static void AddRegistered(HtmlText page, ClientFacts facts)
    {
        page.Raw("<h2>Where it comes from</h2><table>");
        AddRow(page, "Source", facts.Source);
        AddRow(page, "Run", facts.RunId);
        AddRow(page, "Registered by", facts.RegisteredBy);
        AddRow(page, "Description", facts.Description);
        AddRow(page, "Aliases", facts.Aliases.Count == 0 ? "none" : string.Join(", ", facts.Aliases));
        foreach (var (key, value) in facts.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            AddRow(page, "Tag " + key, value);
        }

        page.Raw("</table><h2>What its files say</h2>");
        if (facts.Files is not { } files)
        {
            page.Raw("<p class=\"soft\">They are kept elsewhere, and are not read.</p>");
            return;
        }

        page.Add($"<p>{files.Files} files, {files.Bytes} bytes.</p>");
        if (files.Description is not { } said)
        {
            page.Add($"<p class=\"bad\">{files.Problem}</p>");
            return;
        }

        page.Raw("<table>");
        AddRow(page, "Loaded as", string.Join(", ", said.Flavors));
        AddRow(page, "Takes", Columns(said.Inputs));
        AddRow(page, "Answers", Columns(said.Outputs));
        AddRow(page, "Parameters", Columns(said.Parameters));
        AddRow(page, "Python", said.PythonVersion);
        AddRow(page, "Needs", said.Requirements.Count == 0 ? null : string.Join(", ", said.Requirements));
        page.Raw("</table>");
    }

    private static string? Columns(IReadOnlyList<ModelColumn> columns) =>
        columns.Count == 0 ? null : string.Join(", ", columns.Select(column => $"{column.Name} {column.Type}".Trim()));

    private static void AddDecisions(HtmlText page, VersionFacts facts)
    {
        page.Raw("<h2>Decisions</h2><table><tr><th>when</th><th>state</th><th>by</th><th>why</th></tr>");
        foreach (var move in facts.Decisions)
        {
            page.Add($"<tr><td>{Day(move.At)}</td><td>{move.To}</td><td>{move.By}</td><td>{move.Reason}</td></tr>");
        }

        page.Raw("</table>");
    }

    private static void AddSlices(HtmlText page, PipelineFacts facts)
    {
        if (facts.Slices.Count == 0)
        {
            return;
        }

        string[] names = [.. facts.TestMetrics.Keys.Order(StringComparer.Ordinal)];
        page.Raw("<h2>Slices of the test data</h2><table><tr><th>slice</th><th>value</th><th>rows</th>");
        foreach (var name in names)
        {
            page.Add($"<th>{name}</th>");
        }

        page.Raw("</tr>");
        foreach (var slice in facts.Slices.Take(SlicesMax))
        {
            page.Add($"<tr><td>{slice.Slice}</td><td>{slice.Value}</td><td class=\"number\">{slice.N}</td>");
            foreach (var name in names)
            {
                var figure = slice.Metrics.TryGetValue(name, out var value) ? Figure(value) : "";
                page.Add($"<td class=\"number\">{figure}</td>");
            }

            page.Raw("</tr>");
        }

        page.Raw("</table>");
    }

    private static void AddGate(HtmlText page, PipelineFacts facts)
    {
        page.Raw("<h2>Gate</h2><table><tr><th>check</th><th>passed</th><th>why</th></tr>");
        AddChecks(page, facts.Verdict);
    }

    private static void AddChecks(HtmlText page, GateVerdict verdict)
    {
        foreach (var check in verdict.Checks)
        {
            page.Add(
                $"<tr><td>{check.Name}</td><td class=\"{(check.Passed ? "good" : "bad")}\">{(check.Passed ? "yes" : "no")}</td><td>{check.Reason}</td></tr>"
            );
        }

        page.Raw("</table>");
    }

    private static void AddConversion(HtmlText page, ModelConversion? conversion)
    {
        if (conversion is null)
        {
            return;
        }

        page.Raw(
            "<h2>Conversion</h2><table><tr><th>format</th><th>bytes</th><th>one row, median</th><th>p99</th></tr>"
        );
        foreach (var form in new[] { conversion.From, conversion.To })
        {
            page.Add(
                $"<tr><td>{form.Format}</td><td class=\"number\">{form.SizeBytes}</td><td class=\"number\">{Figure(form.MedianUs)} µs</td><td class=\"number\">{Figure(form.P99Us)} µs</td></tr>"
            );
        }

        page.Raw("</table><table><tr><th>parity</th><th>passed</th><th>why</th></tr>");
        AddChecks(page, conversion.Parity.Verdict);
    }

    private static void AddExample(HtmlText page, ModelExample? example)
    {
        if (example is null)
        {
            return;
        }

        page.Raw("<h2>Example</h2><table><tr><th></th><th>name</th><th>value</th></tr>");
        foreach (var (kind, values) in new[] { ("input", example.Inputs), ("output", example.Outputs) })
        {
            foreach (var (name, value) in values)
            {
                page.Add($"<tr><td class=\"soft\">{kind}</td><td>{name}</td><td>{value.GetRawText()}</td></tr>");
            }
        }

        page.Raw("</table>");
    }

    private static void AddRuntime(HtmlText page, ModelRuntime? runtime)
    {
        if (runtime is null)
        {
            return;
        }

        page.Add($"<h2>Made with</h2><p>{runtime.Framework}, {runtime.Platform}</p>");
        page.Raw("<table><tr><th>package</th><th>version</th></tr>");
        foreach (var (name, version) in runtime.Packages)
        {
            page.Add($"<tr><td>{name}</td><td>{version}</td></tr>");
        }

        page.Raw("</table>");
    }

    private static void AddRow(HtmlText page, string name, string? value) =>
        page.Add($"<tr><td class=\"soft\">{name}</td><td>{value ?? "not known"}</td></tr>");

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Figure(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}

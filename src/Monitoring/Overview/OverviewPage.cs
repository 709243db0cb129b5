using System.Globalization;
using Rondo.Data;

namespace Rondo.Monitoring.Overview;

/// <summary>All models as one page of HTML that stands alone: what needs attention first, each monitor as a line against its limit.</summary>
internal static class OverviewPage
{
    private const int ConcernsShown = 6;

    private const string Style = """
        <style>
        body { max-width: 96rem; }
        .models { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(25rem, 100%), 1fr)); gap: 1rem; }
        .models .card { border-left: .3rem solid var(--good); } .models .alert { border-left-color: var(--bad); }
        .models .warning { border-left-color: var(--miss); } .models .note { border-left-color: var(--bar); }
        .card ul { margin: .5rem 0 0; padding-left: 1.1rem; } .card p { margin: .25rem 0 0; }
        li.alert { color: var(--bad); } li.note { color: var(--soft); }
        form, .counts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; align-items: end; }
        form label { display: grid; color: var(--soft); font-size: .85rem; } input, select, button { font: inherit; padding: .25rem .5rem; max-width: 12rem; }
        .serving { border-top: 1px solid var(--line); margin-top: .75rem; padding-top: .5rem; }
        .monitors { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: .25rem .75rem; margin-top: .25rem; font-size: .85rem; }
        .monitors svg { margin: 0; } svg .limit { stroke: var(--bad); stroke-dasharray: 3 2; } svg .line { stroke: var(--bar); fill: none; } svg .over { fill: var(--bad); } svg .at { fill: transparent; }
        .missing { border: 1px dashed var(--miss); border-radius: .25rem; padding: 0 .35rem; white-space: nowrap; }
        </style>
        """;

    public static string Of(ModelOverviewPage models, OverviewQuery query)
    {
        var page = new HtmlText("Models");
        page.Raw(Style).Add($"<h1>Models</h1><p class=\"soft\">As of {Minute(models.At)}</p>");
        AddCounts(page, models.Counts);
        AddFilter(page, query);
        if (models.Items.Count == 0)
        {
            page.Raw("<p>No model is as asked for.</p>");
        }

        page.Raw("<div class=\"models\">");
        foreach (var model in models.Items)
        {
            AddModel(page, model);
        }

        page.Raw("</div>");
        if (models.Next is { } next)
        {
            page.Add($"<p><a href=\"{Address(query, next)}\">The next {models.Items.Count} models</a></p>");
        }

        return page.ToString();
    }

    private static void AddCounts(HtmlText page, AttentionCounts counts) =>
        page.Add(
            $"<div class=\"counts\"><span><b>{counts.Models}</b> {(counts.Models == 1 ? "model" : "models")}</span><span><b>{counts.Served}</b> served here</span><span class=\"bad\"><b>{counts.Alerts}</b> with something wrong</span><span><b>{counts.Warnings}</b> to be mended</span><span class=\"soft\"><b>{counts.Notes}</b> with a note</span></div>"
        );

    private static void AddFilter(HtmlText page, OverviewQuery query)
    {
        page.Raw("<form method=\"get\">");
        if (query.Format is { } format)
        {
            page.Add($"<input type=\"hidden\" name=\"format\" value=\"{format}\">");
        }

        page.Add($"<label>project<input name=\"project\" value=\"{query.Project}\"></label>");
        AddChoice(page, "environment", query.Environment, ["test", "staging", "production"]);
        AddChoice(page, "attention", query.Attention, ["note", "warning", "alert"]);
        AddChoice(page, "risk", query.Risk, ["low", "medium", "high", "unknown"]);
        page.Raw("<button>Show</button></form>");
    }

    private static void AddChoice(HtmlText page, string name, string? chosen, string[] choices)
    {
        page.Add($"<label>{name}<select name=\"{name}\"><option value=\"\">all</option>");
        foreach (var choice in choices)
        {
            page.Add($"<option").Raw(choice == chosen ? " selected" : "").Add($">{choice}</option>");
        }

        page.Raw("</select></label>");
    }

    private static void AddModel(HtmlText page, ModelStanding model)
    {
        page.Add(
            $"<section class=\"card {Word(model.Attention)}\"><header><h3>{model.Model}</h3><span class=\"soft\">{model.Project}, {model.Environment}</span></header>"
        );
        page.Add(
            $"<p class=\"soft\">{Newest(model)} · risk {model.Risk ?? "not said"} · {model.Owner ?? "no owner"}</p>"
        );
        if (model.Concerns.Count > 0)
        {
            page.Raw("<ul>");
            foreach (var concern in model.Concerns.Take(ConcernsShown))
            {
                page.Add($"<li class=\"{Word(concern.Level)}\">{concern.Text}</li>");
            }

            if (model.Concerns.Count > ConcernsShown)
            {
                page.Add($"<li class=\"note\">and {model.Concerns.Count - ConcernsShown} more</li>");
            }

            page.Raw("</ul>");
        }

        foreach (var serving in model.Serving)
        {
            AddServing(page, serving);
        }

        page.Raw("</section>");
    }

    private static void AddServing(HtmlText page, ServingStanding serving)
    {
        page.Add($"<div class=\"serving\"><b>{serving.Endpoint}</b>");
        page.Raw(serving.Pinned ? " <span class=\"soft\">made by hand</span>" : "");
        foreach (var version in serving.Versions)
        {
            page.Add($"<p>version {version.Version}: {version.Percent} % of traffic");
            page.Add($"<span class=\"soft\">{(version.AgeDays is { } days ? $", {days} days old" : "")}</span></p>");
        }

        if (serving.Rollout is { IsUnderWay: true } rollout)
        {
            page.Add($"<p>rollout of version {rollout.Version} {rollout.State}, at {rollout.Percent} %</p>");
        }

        page.Add(
            $"<p class=\"soft\">{serving.Requests} requests, {serving.Errors} failed since this server loaded it</p>"
        );
        if (serving.Versions.Count > 0 && serving.Missing.Count > 0)
        {
            page.Raw("<p>not watched:");
            foreach (var kind in serving.Missing)
            {
                page.Add($" <span class=\"missing\">{kind}</span>");
            }

            page.Raw("</p>");
        }

        page.Raw("<div class=\"monitors\">");
        foreach (var monitor in serving.Monitors)
        {
            AddMonitor(page, monitor);
        }

        page.Raw("</div></div>");
    }

    private static void AddMonitor(HtmlText page, MonitorStanding monitor)
    {
        var last = monitor.Windows.LastOrDefault(window => window.Value is not null);
        var value = last is null ? "nothing yet" : Figure(last.Value!.Value);
        page.Add(
            $"<div><span class=\"{(monitor.State == MonitorState.Alert ? "bad" : "")}\">{monitor.Name} {value}</span> <span class=\"soft\">of {Figure(monitor.Limit)}</span>"
        );
        MonitorLine.Add(page, monitor);
        page.Raw("</div>");
    }

    private static string Newest(ModelStanding model) =>
        model.Newest is { } newest
            ? FormattableString.Invariant($"newest version {newest.Version}, {newest.State}")
            : "no version";

    private static string Address(OverviewQuery query, string after)
    {
        (string Name, string? Value)[] parts =
        [
            ("project", query.Project),
            ("environment", query.Environment),
            ("attention", query.Attention),
            ("risk", query.Risk),
            ("limit", query.Limit?.ToString(CultureInfo.InvariantCulture)),
            ("format", query.Format),
            ("after", after),
        ];
        return "?"
            + string.Join(
                '&',
                parts
                    .Where(part => !string.IsNullOrEmpty(part.Value))
                    .Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}")
            );
    }

    private static string Word(AttentionLevel level) => level.ToString().ToLowerInvariant();

    private static string Figure(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Minute(DateTimeOffset at) =>
        at.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

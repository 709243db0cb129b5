using System.Globalization;
using System.Net;
using System.Text;

namespace Rondo.Data;

/// <summary>A page of HTML that stands alone: nothing is loaded from anywhere, and whatever comes from data is escaped.</summary>
internal sealed class HtmlText
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d2733; --soft: #66727f; --line: #d8dee5; --bar: #3b82c4; --miss: #d98324; --bad: #c0392b; --good: #2e8b57; --card: #fff; --page: #f4f6f8; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --soft: #9aa7b3; --line: #36424e; --bar: #5aa2e0; --card: #1c242c; --page: #12181e; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.5rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .75rem; } h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
        .soft { color: var(--soft); } .bad { color: var(--bad); } .good { color: var(--good); }
        .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: 1rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; min-width: 0; }
        .card header { display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .5rem 0 0; } dt { color: var(--soft); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        svg { width: 100%; height: auto; display: block; margin-top: .75rem; } rect.bar { fill: var(--bar); } rect.ref { fill: var(--miss); opacity: .55; } svg text { fill: var(--soft); font: 10px system-ui, sans-serif; }
        table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line); } th, td { text-align: left; padding: .4rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; } th { color: var(--soft); font-weight: 600; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
        .miss { height: .35rem; background: var(--line); border-radius: .2rem; margin-top: .5rem; overflow: hidden; } .miss i { display: block; height: 100%; background: var(--miss); }
        """;

    private readonly StringBuilder _text = new();

    public HtmlText(string title)
    {
        Add($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>");
        Raw(
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>"
                + Style
                + "</style></head><body>"
        );
    }

    /// <summary>Adds text in which every inserted value is escaped; numbers are written as in English.</summary>
    public HtmlText Add(FormattableString text)
    {
        var escaped = text.GetArguments().Select(value => (object)new Escaped(value)).ToArray();
        _text.AppendFormat(CultureInfo.InvariantCulture, text.Format, escaped);
        return this;
    }

    /// <summary>Adds text that holds nothing from data.</summary>
    public HtmlText Raw(string html)
    {
        _text.Append(html);
        return this;
    }

    public override string ToString() => _text + "</body></html>\n";

    private sealed class Escaped(object? value) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? provider) =>
            WebUtility.HtmlEncode(
                value is IFormattable formattable ? formattable.ToString(format, provider) : value?.ToString()
            ) ?? "";
    }
}

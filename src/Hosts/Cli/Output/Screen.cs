using System.Text.Encodings.Web;
using System.Text.Json;
using Rondo.Cli.Api;
using Spectre.Console;

namespace Rondo.Cli.Output;

/// <summary>Where a command's answer goes: tables for people, one JSON document for programs. Progress goes to the error stream, so that the answer can be piped.</summary>
internal sealed class Screen(bool json)
{
    private const int PipeWidth = 200;

    // The answer goes to a terminal or a file, never into a page: no character needs hiding.
    private static readonly JsonSerializerOptions s_indented = new(Rondo.Data.RondoJson.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions s_line = new(s_indented) { WriteIndented = false };

    private readonly IAnsiConsole _out = Open(Console.Out, Console.IsOutputRedirected);
    private readonly IAnsiConsole _progress = Open(Console.Error, Console.IsErrorRedirected);

    /// <summary>Whether the answer is a JSON document.</summary>
    public bool Json => json;

    /// <summary>Shows a list.</summary>
    public void List(JsonElement answer, string nothing, params Column[] columns) =>
        List(answer, (nothing, _ => ""), columns);

    /// <summary>Shows a list, and where there are more than it shows, how these are seen.</summary>
    public void List(JsonElement answer, (string Nothing, Func<JsonElement, string> More) words, Column[] columns)
    {
        if (json)
        {
            Document(answer);
            return;
        }

        var items = answer.Items();
        if (items.Count == 0)
        {
            _out.MarkupLineInterpolated($"[grey]{words.Nothing}[/]");
            return;
        }

        _out.Write(TableOf(items, columns));
        if (answer.ValueKind == JsonValueKind.Object && answer.At("next") is { ValueKind: JsonValueKind.String })
        {
            _progress.MarkupLineInterpolated(
                $"[grey]{$"There are more than these {items.Count}. {words.More(answer)}".TrimEnd()}[/]"
            );
        }
    }

    /// <summary>Says that something was done: in words for people, as a document for programs.</summary>
    public void Done(object answer, FormattableString words)
    {
        if (json)
        {
            Document(answer);
        }
        else
        {
            _out.MarkupLineInterpolated(words);
        }
    }

    /// <summary>Shows one thing as names and values.</summary>
    public void Details(JsonElement answer, params Column[] fields)
    {
        if (json)
        {
            Document(answer);
            return;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var field in fields)
        {
            grid.AddRow(new Markup("[grey]" + field.Heading + "[/]"), new Text(field.Read(answer) ?? "–"));
        }

        _out.Write(grid);
    }

    /// <summary>Shows a table of rows inside a larger answer; nothing as JSON, where the document has it.</summary>
    public void Table(string title, IReadOnlyList<JsonElement> items, params Column[] columns)
    {
        if (json || items.Count == 0)
        {
            return;
        }

        _out.WriteLine();
        _out.MarkupLineInterpolated($"[bold]{title}[/]");
        _out.Write(TableOf(items, columns));
    }

    /// <summary>Writes the answer as a JSON document.</summary>
    public void Document(JsonElement answer) => Console.Out.WriteLine(JsonSerializer.Serialize(answer, s_indented));

    /// <summary>Writes the answer as a JSON document.</summary>
    public void Document(object answer) => Console.Out.WriteLine(JsonSerializer.Serialize(answer, s_indented));

    /// <summary>Writes one of a stream of answers as a line of JSON.</summary>
    public void DocumentLine(JsonElement answer) => Console.Out.WriteLine(JsonSerializer.Serialize(answer, s_line));

    /// <summary>A line of the answer, for people only.</summary>
    public void Line(string text)
    {
        if (!json)
        {
            _out.WriteLine(text);
        }
    }

    /// <summary>A line with Spectre's markup, for people only.</summary>
    public void Markup(FormattableString text)
    {
        if (!json)
        {
            _out.MarkupLineInterpolated(text);
        }
    }

    /// <summary>What is going on, on the error stream.</summary>
    public void Progress(FormattableString text) => _progress.MarkupLineInterpolated(text);

    // A pipe has no width of its own: a row must not be broken for it.
    private static IAnsiConsole Open(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected)
        {
            console.Profile.Width = PipeWidth;
        }

        return console;
    }

    private static Table TableOf(IReadOnlyList<JsonElement> items, Column[] columns)
    {
        var table = new Table().Border(TableBorder.Simple).BorderStyle(new Style(Color.Grey));
        foreach (var column in columns)
        {
            var made = new TableColumn(new Markup("[bold]" + Spectre.Console.Markup.Escape(column.Heading) + "[/]"));
            made.NoWrap = column.Whole;
            table.AddColumn(column.RightAligned ? made.RightAligned() : made);
        }

        foreach (var item in items)
        {
            table.AddRow(columns.Select(column => new Text(column.Read(item) ?? "–")));
        }

        return table;
    }
}

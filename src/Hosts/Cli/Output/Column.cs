using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>One column of a table: its heading and how a row fills it.</summary>
internal sealed record Column(
    string Heading,
    Func<JsonElement, string?> Read,
    bool RightAligned = false,
    bool Whole = false
)
{
    /// <summary>A column that shows the text at a path.</summary>
    public static Column Of(string heading, string path) => new(heading, row => row.Text(path));

    /// <summary>A column of ids, which are never broken: they are to be copied.</summary>
    public static Column Id(string heading, string path) => new(heading, row => row.Text(path), Whole: true);

    /// <summary>A right-aligned column that shows the number at a path.</summary>
    public static Column Number(string heading, string path) => new(heading, row => row.Text(path), RightAligned: true);

    /// <summary>A column that shows a time (ISO or unix milliseconds) in short.</summary>
    public static Column Time(string heading, string path) => new(heading, row => Times.Short(row.At(path)));
}

namespace Rondo.Cli.Api;

/// <summary>A name that a person wrote, as one segment of a path.</summary>
internal static class Segment
{
    /// <summary>The name, escaped. A name that would turn the path elsewhere is refused here: the server would never see it.</summary>
    public static string Of(string name) =>
        name.Trim('.').Length == 0
            ? throw new RondoException(ErrorCode.InvalidArgument, $"'{name}' names nothing.", "Write its name or id.")
            : Uri.EscapeDataString(name);
}

namespace Rondo.Kernel.Access;

/// <summary>
/// Where something may be done: everywhere, in a project, or in a folder of experiments. What holds at a place holds at all below it:
/// projects and folders are below everything, folders below those whose names they go on, and the folder that is called like a
/// project, where the runs of its pipelines are tracked, below that project.
/// </summary>
public sealed record Place
{
    private const int NameMax = 500;

    private Place(string kind, string name)
    {
        Kind = kind;
        Name = name;
    }

    /// <summary>The place that all others are below.</summary>
    public static Place Everything { get; } = new(Kinds.Everything, "");

    /// <summary>One of <see cref="Kinds"/>.</summary>
    public string Kind { get; }

    /// <summary>The project; or the path of the folder, with a slash before, between and after its parts; empty for everything.</summary>
    public string Name { get; }

    /// <summary>The folder that a grant at this place opens besides the place itself; null where there is none.</summary>
    public string? Folder =>
        Kind switch
        {
            Kinds.Folder => Name,
            Kinds.Project => $"/{Name}/",
            _ => null,
        };

    /// <summary>A project.</summary>
    public static Place Project(string name) => new(Kinds.Project, name);

    /// <summary>The experiment of a name, and whatever goes on from that name after a slash: an experiment is a folder of its own.</summary>
    public static Place Experiment(string name) => FolderAt(PathOf(name));

    /// <summary>A folder by a path that is canonical already.</summary>
    public static Place FolderAt(string path) => new(Kinds.Folder, path);

    /// <summary>
    /// The canonical path of a name: a slash before, between and after its parts, and no empty part. Clients begin names with a slash or
    /// with none; it is the same place. Nothing else is read into a name: case counts, and a part of dots is a part as any other.
    /// </summary>
    public static string PathOf(string name) =>
        name.Split('/', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } parts
            ? $"/{string.Join('/', parts)}/"
            : "/";

    /// <summary>A folder as somebody names it to grant something there. <c>/</c> is that of all experiments.</summary>
    public static Place ParseFolder(string folder)
    {
        if (
            folder.Length is 0 or > NameMax
            || folder.Any(char.IsControl)
            || folder.Split('/').Any(part => part is "." or "..")
        )
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{folder}' names no folder of experiments.",
                "Write its parts with slashes between, such as vision/cats; '.' and '..' lead nowhere."
            );
        }

        return Experiment(folder);
    }

    /// <summary>Whether what holds here holds there.</summary>
    public bool Covers(Place other) =>
        Kind == Kinds.Everything
        || (Kind == Kinds.Project && other.Kind == Kinds.Project && Name == other.Name)
        || (
            Folder is { } folder
            && other.Kind == Kinds.Folder
            && other.Name.StartsWith(folder, StringComparison.Ordinal)
        );

    /// <summary>The project, or the folder as people write it.</summary>
    public string Label => Kind == Kinds.Folder && Name != "/" ? Name.Trim('/') : Name;

    /// <summary>The place in words: <c>project transit</c>, <c>folder vision/cats</c>, <c>everything</c>.</summary>
    public override string ToString() => Kind == Kinds.Everything ? Kind : $"{Kind} {Label}";

    internal static Place Of(string kind, string name) => kind == Kinds.Everything ? Everything : new(kind, name);

    /// <summary>The kinds of places.</summary>
    public static class Kinds
    {
        public const string Everything = "everything";
        public const string Project = "project";
        public const string Folder = "folder";
    }
}

namespace Rondo.Data;

/// <summary>
/// Where rows come from: files, a query, a table in memory. It is read part by part, so that it may be larger than memory, and may be
/// read again from its beginning.
/// </summary>
public abstract class TableSource
{
    private protected TableSource(string name) => Name = name;

    /// <summary>What it is, for messages: the name of a file, without its folder.</summary>
    public string Name { get; }

    /// <summary>What the last reading has held back, as far as it has come.</summary>
    public virtual Quarantine Quarantine => Quarantine.Empty;

    /// <summary>The files that it is made of, one by one; itself where there is one.</summary>
    public virtual IReadOnlyList<TableSource> Files => [this];

    /// <summary>
    /// Opens a file by its ending: <c>.csv</c>, <c>.tsv</c>, <c>.jsonl</c> or <c>.ndjson</c> (each also with <c>.gz</c>), <c>.parquet</c>,
    /// <c>.arrow</c> or <c>.feather</c>.
    /// A pattern (<c>days-*.csv</c>) or a folder stands for all such files in it, in ordinal order of their names.
    /// </summary>
    /// <param name="path">The file, pattern or folder.</param>
    /// <param name="options">How to read CSV; the delimiter of <c>.tsv</c> is the tab.</param>
    /// <exception cref="RondoException">There is no such file, or its ending is of no kind that can be read.</exception>
    public static TableSource Open(string path, CsvOptions? options = null) => SourceFiles.Open(path, options);

    /// <summary>A table in memory.</summary>
    public static TableSource Of(Table table, string name = "table") => new MemorySource(name, table);

    /// <summary>Bytes from wherever they are stored, read by the ending of their name as <see cref="Open"/> does.</summary>
    /// <param name="name">The name of the file, also for messages.</param>
    /// <param name="open">Gives the bytes from their beginning, each time anew, as a stream that can seek; it is closed after each reading.</param>
    /// <param name="options">How to read CSV.</param>
    /// <exception cref="RondoException">The ending is of no kind that can be read.</exception>
    public static TableSource OfStream(string name, Func<Stream> open, CsvOptions? options = null) =>
        SourceFiles.Of(name, open, options ?? new CsvOptions());

    /// <summary>The paths of the files that <see cref="Open"/> would read, in the order in which it does.</summary>
    /// <exception cref="RondoException">There is no such file.</exception>
    public static IReadOnlyList<string> FilesAt(string path) => SourceFiles.FilesOf(path);

    /// <summary>Whether a file of this name or path is of a kind that can be read.</summary>
    public static bool IsReadable(string name) => SourceFiles.IsKnown(name);

    /// <summary>Refuses names that say of no file how it is read.</summary>
    /// <exception cref="RondoException">The ending is of no kind that can be read; the message names those that are.</exception>
    public static void RequireReadable(string name) => SourceFiles.Require(name);

    /// <summary>Sources one below the other.</summary>
    public static TableSource Join(string name, IReadOnlyList<TableSource> sources) => new JoinedSource(name, sources);

    /// <summary>The rows, part by part. Each part has the same columns, each of one type.</summary>
    /// <exception cref="RondoException">What is there cannot be read; the message names the place.</exception>
    public abstract IEnumerable<Table> Read();

    /// <summary>Describes the rows, on several cores where the source allows.</summary>
    public virtual TableStatistics Describe() => TableStatistics.Of(Read());

    /// <summary>The same rows, each part of which is handed to somebody else on the way: one reading serves several.</summary>
    /// <param name="look">Gets each part before whoever reads does, each time the source is read.</param>
    public TableSource Tap(Action<Table> look) => new TappedSource(this, look);

    /// <summary>All rows in one table.</summary>
    public Table ToTable()
    {
        var parts = Read().ToList();
        return parts.Count == 0 ? Table.Empty : Table.Concat(parts);
    }
}

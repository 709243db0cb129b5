using System.Text.RegularExpressions;
using SQLitePCL;

namespace Rondo.Kernel.Db;

/// <summary>
/// The statements of a connection that are bound and read without the library, kept prepared; of too many the least recently used goes. What cannot be
/// done without it is known here, too: a list, which it writes out anew each time, a script, and arguments of a kind that no column holds.
/// </summary>
internal sealed partial class DirectStatements(sqlite3 database) : IDisposable
{
    private const int KeptMax = 512;

    private readonly Dictionary<(string Sql, Type Arguments), LinkedListNode<Known>> _known = [];
    private readonly LinkedList<Known> _byUse = [];

    /// <summary>The statement for arguments such as these; null where it is left to the library.</summary>
    public DirectStatement? Find(string sql, object? arguments)
    {
        var key = (sql, arguments?.GetType() ?? typeof(object));
        if (_known.TryGetValue(key, out var node))
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }
        else
        {
            node = _byUse.AddFirst(new Known(key, Prepare(sql, arguments)));
            _known.Add(key, node);
            if (_known.Count > KeptMax)
            {
                var last = _byUse.Last!.Value;
                last.Statement?.Dispose();
                _byUse.RemoveLast();
                _known.Remove(last.Key);
            }
        }

        return node.Value.Statement is { } statement && statement.Takes(arguments) ? statement : null;
    }

    public void Dispose()
    {
        foreach (var known in _byUse)
        {
            known.Statement?.Dispose();
        }

        _byUse.Clear();
        _known.Clear();
    }

    private DirectStatement? Prepare(string sql, object? arguments)
    {
        var end = sql.IndexOf(';', StringComparison.Ordinal);
        if (
            sql.Contains(PreparedConnection.ListWrittenOut, StringComparison.Ordinal)
            || (end >= 0 && end < sql.Length - 1)
        )
        {
            return null;
        }

        if (arguments is IReadOnlyDictionary<string, object?>)
        {
            return new DirectStatement(new PositionalStatement(database, sql, names: null), null);
        }

        // The database looks at a limit that is bound, and prepares the statement anew when it is bound anew; not so at a sum.
        var statement = new PositionalStatement(database, BoundLimit().Replace(sql, "$0 + 0"), names: null);
        if (ArgumentProperties.Of(arguments?.GetType() ?? typeof(object))?.For(statement.Names) is { } properties)
        {
            return new DirectStatement(statement, properties);
        }

        statement.Dispose();
        return null;
    }

    [GeneratedRegex(@"\blimit @\w+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BoundLimit();

    private sealed record Known((string Sql, Type Arguments) Key, DirectStatement? Statement);
}

/// <summary>One of them: its arguments are the properties of an object, or, where none are given, values by their names.</summary>
internal sealed class DirectStatement(PositionalStatement statement, ArgumentProperties.Property[]? properties)
    : IDisposable
{
    private readonly IReadOnlyList<string> _names = properties is null ? statement.Names : [];
    private Type? _mapped;
    private object? _mapping;

    /// <summary>Whether values by their names are all there, and of kinds that a column holds.</summary>
    public bool Takes(object? arguments) =>
        properties is not null
        || _names.All(name =>
            ((IReadOnlyDictionary<string, object?>)arguments!).TryGetValue(name, out var value)
            && value is null or string or long or int or double
        );

    /// <summary>Runs it and returns the number of rows touched.</summary>
    public int Run(object? arguments) => statement.Run(to => Bind(to, arguments));

    /// <summary>Hands over each of its rows, up to so many.</summary>
    public void Read(object? arguments, Action<Row> read, int rowsMax) =>
        statement.Read(to => Bind(to, arguments), read, rowsMax);

    /// <summary>What makes a value of each of its rows; null where that is left to the library.</summary>
    public Func<Row, T>? MappingOf<T>()
    {
        if (_mapped != typeof(T))
        {
            (_mapped, _mapping) = (typeof(T), RowMapping<T>.For(statement.Columns));
        }

        return (Func<Row, T>?)_mapping;
    }

    public void Dispose() => statement.Dispose();

    private void Bind(RowArguments to, object? arguments)
    {
        if (properties is null)
        {
            var values = (IReadOnlyDictionary<string, object?>)arguments!;
            for (var i = 0; i < _names.Count; i++)
            {
                to.Set(i, values[_names[i]]);
            }

            return;
        }

        for (var i = 0; i < properties.Length; i++)
        {
            properties[i].Write(to, i, arguments!);
        }
    }
}

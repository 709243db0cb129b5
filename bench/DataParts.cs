using System.Diagnostics;
using System.Globalization;
using DuckDB.NET.Data;
using Rondo.Data;

namespace Rondo.Benchmarks;

/// <summary>CPU and wall seconds of one part, and the most memory that it held.</summary>
internal sealed record DataOutcome(double Cpu, double Wall, double PeakMegabytes)
{
    public static DataOutcome Parse(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => double.Parse(part, CultureInfo.InvariantCulture))
            .ToList();
        return new DataOutcome(parts[0], parts[1], parts[2]);
    }
}

/// <summary>What the data benchmark measures, each in a process of its own.</summary>
internal static class DataParts
{
    // Seven columns of whole numbers, seven of numbers, a truth, a day, an instant, and four of texts from few to very many.
    private static readonly (string Name, string Sql)[] s_columns =
    [
        ("id", "i"),
        ("k1", "(hash(i) % 1000)::int"),
        ("k2", "(hash(i + 1) % 100000)::bigint"),
        ("k3", "(hash(i + 2) % 7)::int"),
        ("rating", "(hash(i + 3) % 5)::int"),
        ("big", "(hash(i + 4) % 1000000)::int"),
        (
            "normal",
            "case when hash(i + 5) % 20 = 0 then null else sqrt(-2 * ln((hash(i + 6) % 1000000 + 1) / 1000001.0)) * cos(6.2831853 * (hash(i + 7) % 1000000) / 1000000.0) end"
        ),
        ("price", "((hash(i + 8) % 100000) / 100.0)::double"),
        ("waiting", "(ln((hash(i + 9) % 1000000 + 1) / 1000001.0) * -3)::double"),
        ("share", "((hash(i + 10) % 1000000) / 1000000.0)::double"),
        ("near", "(1e9 + (hash(i + 11) % 1000000) / 1e4)::double"),
        ("few", "((hash(i + 12) % 10000) / 7.0)::double"),
        ("wide", "hash(i + 13)::double"),
        ("flag", "hash(i + 14) % 2 = 0"),
        ("day", "date '2015-01-01' + (hash(i + 15) % 3650)::int"),
        ("instant", "timestamp '2020-01-01' + to_seconds((hash(i + 16) % 100000000)::bigint)"),
        ("category", "'c' || (hash(i + 17) % 50)"),
        ("city", "'city ' || (hash(i + 18) % 5000)"),
        ("person", "case when hash(i + 19) % 10 = 0 then null else 'user-' || (hash(i + 20) % 1000000) end"),
        ("code", "md5((hash(i + 21) % 100000000)::varchar)[1:12]"),
    ];

    public static void Make(string file, long rows)
    {
        var columns = string.Join(", ", s_columns.Select(column => $"{column.Sql} as \"{column.Name}\""));
        Duck(
            string.Create(
                CultureInfo.InvariantCulture,
                $"copy (select {columns} from range({rows}) t(i)) to '{file}' (format parquet, compression zstd)"
            )
        );
    }

    /// <summary>Each column in a file of its own, as pandas reads fastest.</summary>
    public static void MakeColumns(string file, string folder)
    {
        foreach (var (name, _) in s_columns)
        {
            Duck($"copy (select \"{name}\" from '{file}') to '{folder}/{name}.column.csv' (format csv, header)");
        }
    }

    public static int Run(string part, string file)
    {
        Action work = part switch
        {
            "decode" => () => Decode(file),
            "describe" => () => TableSource.Open(file).Describe(),
            "day" => Judging(file),
            // The greatest of each column is all that it is asked for.
            "duck-decode" => () =>
                Duck($"select {string.Join(", ", s_columns.Select(c => $"max(\"{c.Name}\")"))} from '{file}'"),
            _ => () => Duck($"summarize select * from '{file}'"),
        };
        using var self = Process.GetCurrentProcess();
        var before = part == "day" ? self.TotalProcessorTime : TimeSpan.Zero;
        var watch = Stopwatch.StartNew();
        work();
        self.Refresh();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(self.TotalProcessorTime - before).TotalSeconds} {watch.Elapsed.TotalSeconds} {self.PeakWorkingSet64 / 1e6}"
            )
        );
        return 0;
    }

    // The schema and the reference are there already in daily work; here they come of the day's first row group, and are not counted.
    private static Action Judging(string file)
    {
        var day = TableSource.Open(file);
        var first = day.Read().First();
        var schema = TableSchema.Infer("day", TableStatistics.Of(first));
        var reference = ReferenceProfile.Of(first);
        return () =>
        {
            var drift = new DriftComparison(reference);
            SchemaValidator.Validate(schema, day.Tap(drift.Add));
            drift.Report();
        };
    }

    private static void Decode(string file)
    {
        foreach (var part in TableSource.Open(file).Read())
        {
            GC.KeepAlive(part);
        }
    }

    private static void Duck(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read()) { }
    }
}

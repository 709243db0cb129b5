using System.Linq.Expressions;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>A declared dataset, whatever its rows are.</summary>
public interface IDataset
{
    /// <summary>The name in the project.</summary>
    string Name { get; }
}

/// <summary>A named dataset whose rows are <typeparamref name="T"/>: its properties, with their attributes, are the schema.</summary>
public sealed class Dataset<T> : IDataset, IDeclaredDataset
{
    private string? _sample;
    private string? _from;

    internal Dataset(string name)
    {
        Name = name;
        Schema = TableSchema.Of<T>();
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>What the rows must look like.</summary>
    public TableSchema Schema { get; private set; }

    /// <summary>The column that says when a row happened, or null.</summary>
    public string? EventTimeColumn { get; private set; }

    string? IDeclaredDataset.From => _from;

    string? IDeclaredDataset.Sample => _sample;

    /// <summary>Names the property that says when a row happened.</summary>
    public Dataset<T> EventTime<TTime>(Expression<Func<T, TTime>> property)
    {
        EventTimeColumn = Properties.ColumnOf(property);
        return this;
    }

    /// <summary>
    /// Takes what is expected from a schema file of the project (see <c>rondo schema infer</c>), relative to the project, instead of from
    /// the row type's attributes. It has at least the columns of the row type, with types that fit.
    /// </summary>
    public Dataset<T> ExpectedBy(string schemaFile)
    {
        var path =
            LocalData.ProjectFolders().Select(folder => Path.Combine(folder, schemaFile)).FirstOrDefault(File.Exists)
            ?? throw new RondoException(
                ErrorCode.NotFound,
                $"Dataset '{Name}' is expected by '{schemaFile}', which is not there.",
                "Check the path; it is relative to the project, and the file must be copied to the output folder (CopyToOutputDirectory)."
            );
        var schema = SchemaFile.Read(path);
        foreach (var member in Schema.Columns)
        {
            var column =
                schema.Find(member.Name)
                ?? throw Unfit(schemaFile, $"has no column '{member.Name}', which {typeof(T).Name} has");
            if (!Fits(column.Type, member.Type))
            {
                throw Unfit(
                    schemaFile,
                    $"says that '{column.Name}' is {column.Type}, and {typeof(T).Name} that it is {member.Type}"
                );
            }
            if (column.Nullable && !member.Nullable)
            {
                throw Unfit(
                    schemaFile,
                    $"lets '{column.Name}' be missing, and {typeof(T).Name} has no place for what is missing"
                );
            }
        }
        Schema = schema;
        return this;
    }

    // As a validated table is read into rows of the type.
    private static bool Fits(ColumnType stored, ColumnType member) =>
        stored == member
        || (stored, member) is (ColumnType.Integer, ColumnType.Number) or (ColumnType.Date, ColumnType.Timestamp);

    private RondoException Unfit(string file, string what) =>
        new(ErrorCode.InvalidArgument, $"Dataset '{Name}': {file} {what}.", $"Correct the file, or {typeof(T).Name}.");

    /// <summary>A small file in the project that stands in for the data in tests: CSV or Parquet, relative to the project.</summary>
    public Dataset<T> Sample(string file)
    {
        _sample = file;
        return this;
    }

    /// <summary>Where a run without a server finds the data: a file, or a pattern such as <c>data/days-*.csv</c>.</summary>
    public Dataset<T> From(string files)
    {
        _from = files;
        return this;
    }

    DatasetManifest IDeclaredDataset.ToManifest() => new(Name, Schema, EventTimeColumn, _sample);
}

internal interface IDeclaredDataset : IDataset
{
    string? From { get; }

    string? Sample { get; }

    DatasetManifest ToManifest();
}

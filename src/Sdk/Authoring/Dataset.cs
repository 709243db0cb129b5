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
    public TableSchema Schema { get; }

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

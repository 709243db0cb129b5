using Parquet;

namespace Rondo.Data;

/// <summary>An open Parquet file, column by column.</summary>
internal sealed class ParquetFile : IDisposable
{
    private readonly Stream _stream;
    private readonly ParquetReader _reader;

    private ParquetFile(Stream stream)
    {
        _stream = stream;
        _reader = ParquetColumns.Guarded(() => ParquetColumns.OpenAsync(stream));
    }

    public int Groups => _reader.RowGroupCount;

    public static ParquetFile Open(string name, Func<Stream> open)
    {
        var stream = open();
        try
        {
            return new ParquetFile(stream);
        }
        catch (RondoException e)
        {
            stream.Dispose();
            throw new RondoException(e.Code, $"{name}: {e.What}", e.Mend, e);
        }
    }

    public long Rows(int group)
    {
        using var reader = _reader.OpenRowGroupReader(group);
        return reader.RowCount;
    }

    /// <summary>The columns of a row group, each read when its turn comes.</summary>
    public IEnumerable<Column> Columns(int group)
    {
        using var reader = _reader.OpenRowGroupReader(group);
        foreach (var field in _reader.Schema.Fields.Where(field => field.Name != ParquetColumns.NoColumns))
        {
            var of = reader;
            yield return ParquetColumns.Guarded(() => ParquetColumns.ReadAsync(of, field));
        }
    }

    /// <summary>The columns without rows.</summary>
    public Table Schema() =>
        new([
            .. _reader
                .Schema.Fields.Where(field => field.Name != ParquetColumns.NoColumns)
                .Select(field => Column.OfMissing(field.Name, ParquetColumns.TypeOf(field), 0)),
        ]);

    public void Dispose()
    {
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stream.Dispose();
    }
}

using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Rondo.Data;

/// <summary>A file of Arrow's IPC format (<c>.arrow</c>, <c>.feather</c> of version 2), read by record batches.</summary>
internal sealed class ArrowSource(string name, Func<Stream> open) : TableSource(name)
{
    public override IEnumerable<Table> Read()
    {
        using var stream = open();
        using var reader = Guarded(() => new ArrowFileReader(stream, leaveOpen: true));
        while (Guarded(reader.ReadNextRecordBatch) is { } batch)
        {
            yield return Guarded(() => ToTable(batch));
            batch.Dispose();
        }
    }

    private static Table ToTable(RecordBatch batch) =>
        new([
            .. batch.Schema.FieldsList.Select((field, i) => ArrowColumns.Of(field.Name, batch.Column(i), batch.Length)),
        ]);

    // The library fails in many ways on bytes that are not what they should be.
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (RondoException or OutOfMemoryException))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{Name}: The bytes are not a readable Arrow file: {e.Message.TrimEnd('.')}.",
                "Give a whole Arrow IPC file, not a stream.",
                e
            );
        }
    }
}

using System.IO.Pipelines;
using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets.Subjects;

/// <summary>Writes the newest version's files anew, without the rows of a subject.</summary>
internal sealed class CleanedFiles(Database database, IBlobStore blobs, EventLog log, TimeProvider time)
{
    private readonly DatasetFileReader _reader = new(blobs);
    private readonly VersionMaker _maker = new(database, blobs, log, time);

    /// <summary>Stores the new files and their list; null where the newest version holds no such rows.</summary>
    public async Task<MadeVersion?> MakeAsync(SurveyedDataset survey, ColumnValue value, CancellationToken cancellation)
    {
        var place = survey.Place;
        var dirty = survey.OfNewest.ToDictionary(file => file.Name, StringComparer.Ordinal);
        if (dirty.Count == 0)
        {
            return null;
        }

        var (newest, files, eventTime) = await database.ReadAsync(
            session => CurrentAsync(session, survey),
            cancellation
        );
        var changed = new List<DatasetFileFacts>();
        foreach (var file in dirty.Values.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            var blob = await CleanAsync(file, value, cancellation);
            changed.Add(_reader.Read(file.Name, blob, eventTime));
        }

        var addition = new DatasetAddition([], new DatasetOrigin(DatasetOrigin.Forgetting));
        return new MadeVersion(await _maker.NextAsync(place, newest, files, changed, addition), changed);
    }

    // The copy goes to the store as it is made: nothing of it lies elsewhere on the way.
    private async Task<BlobId> CleanAsync(SubjectFile file, ColumnValue value, CancellationToken cancellation)
    {
        await using var content = await blobs.OpenAsync(file.Digest, cancellation);
        var pipe = new Pipe();
        var headerOnly = file.Found.Matches == file.Found.Rows;
        var copying = Task.Run(
            async () =>
            {
                try
                {
                    await using var output = pipe.Writer.AsStream(leaveOpen: true);
                    RowRemoval.Copy(file.Name, content, output, value, headerOnly);
                }
                finally
                {
                    // Where the copy failed, what was stored of it is named by nobody, and goes by itself.
                    await pipe.Writer.CompleteAsync();
                }
            },
            CancellationToken.None
        );
        BlobId blob;
        try
        {
            blob = await blobs.PutAsync(pipe.Reader.AsStream(leaveOpen: true), cancellation);
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
            await copying;
        }

        return blob;
    }

    private static async Task<(DatasetVersion Newest, IReadOnlyList<FileRow> Files, string? EventTime)> CurrentAsync(
        Session session,
        SurveyedDataset survey
    )
    {
        var place = survey.Place;
        var id = DatasetVersion.IdOf(place.Project, place.Environment, place.Dataset, survey.Newest);
        var newest = await session.FirstAsync<VersionRow>(
            $"select {VersionRow.Columns} from datasets_version where id = @id",
            new { id }
        );
        var files = await session.QueryAsync<FileRow>(
            """
            select name, digest, size, row_count, quarantined, as_of from datasets_file
            where project = @Project and environment = @Environment and dataset = @Dataset
            """,
            place
        );
        var eventTime = await session.ScalarAsync<string>(
            """
            select event_time from datasets_declaration
            where project = @Project and environment = @Environment and dataset = @Dataset
            """,
            place
        );
        return (newest!.ToVersion(), files, eventTime);
    }
}

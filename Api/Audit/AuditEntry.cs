using System.Text.Json;

namespace Slipway.Api.Audit;

/// <summary>Who did what to which thing, and when.</summary>
/// <param name="Id">In the order of writing.</param>
/// <param name="At">In UTC.</param>
/// <param name="Actor">Who: <c>key:…</c>, <c>jwt:…</c> as the credential has proven, <c>setup</c>, or <c>nobody</c>.</param>
/// <param name="Action">Kind of the subject and verb: <c>release.promote</c>.</param>
/// <param name="SubjectKind"><c>application</c>, <c>release</c>, <c>key</c> or <c>client</c>.</param>
/// <param name="SubjectId">Of that kind.</param>
/// <param name="Application">The application's name; null where the subject belongs to none.</param>
/// <param name="Details">What the action tells, by its kind.</param>
/// <param name="TraceId">Of the request; null without one.</param>
internal sealed record AuditEntry(
    long Id, DateTimeOffset At, string Actor, string Action, string SubjectKind, Guid SubjectId, string? Application, JsonElement Details, string? TraceId);
